with

episodes as (

    select * from {{ ref('int_episodes_assembled') }}
    where not has_started

),

followups as (

    select * from {{ ref('int_followups_measured') }}

),

counted as (

    select
        source,
        referral_id,
        'work' as outcome,
        counts_as_work as is_counted,
        measured_on
    from followups
    union all
    select
        source,
        referral_id,
        'work_or_studies' as outcome,
        counts_as_work_or_studies as is_counted,
        measured_on
    from followups

),

reached as (

    select
        episodes.episode_id,
        counted.outcome,
        counted.is_counted,
        counted.measured_on,
        min(case when counted.is_counted then counted.measured_on end) over (
            partition by episodes.episode_id, counted.outcome
        ) as reached_on
    from episodes
    inner join counted
        on
            episodes.source = counted.source
            and episodes.referral_id = counted.referral_id

)

{# After the first contact that finds work, a later one without it says nothing about before. #}
select
    episode_id,
    outcome,
    min(reached_on) as reached_on,
    max(
        case
            when not is_counted and measured_on < coalesce(reached_on, date '9999-12-31')
                then measured_on
        end
    ) as followed_until
from reached
group by episode_id, outcome
