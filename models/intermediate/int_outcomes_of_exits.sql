with

episodes as (

    select * from {{ ref('int_episodes_assembled') }}

),

horizons as (

    select * from {{ ref('horizons') }}

),

outcomes as (

    select distinct outcome from {{ ref('int_exit_codes_counted_by_outcome') }}

),

found as (

    select * from {{ ref('int_outcomes_found') }}

),

looked_for as (

    select
        episodes.episode_id,
        episodes.has_started,
        episodes.observed_until,
        outcomes.outcome,
        horizons.horizon_days,
        {{ days_after('episodes.referral_date', 'horizons.horizon_days') }} as deadline
    from episodes
    cross join outcomes
    cross join horizons

),

{# Nothing that happened after observation ended may count: what did not happen is not seen then. #}
judged as (

    {% set seen_until = 'least(looked_for.deadline, looked_for.observed_until)' %}
    select
        looked_for.episode_id,
        looked_for.outcome,
        looked_for.horizon_days,
        found.reached_on,
        case
            when not looked_for.has_started and looked_for.outcome in ('any_exit', 'returned')
                then 'not_applicable'
            when found.reached_on <= {{ seen_until }} then 'reached'
            when found.settled_on <= {{ seen_until }} then 'settled'
            when found.unknown_on <= {{ seen_until }} then 'unknown'
            when found.lost_on <= {{ seen_until }} then 'censored'
            when looked_for.observed_until < looked_for.deadline then 'censored'
            when looked_for.has_started then 'settled'
            when found.followed_until >= looked_for.deadline then 'settled'
            else 'unknown'
        end as finding
    from looked_for
    left join found using (episode_id, outcome)

)

select * from judged
