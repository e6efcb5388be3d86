with

episodes as (

    select * from {{ ref('int_episodes_assembled') }}

),

horizons as (

    select * from {{ ref('horizons') }}

),

exit_codes as (

    select * from {{ ref('exit_codes') }}

),

looked_for as (

    select
        episodes.*,
        horizons.horizon_days,
        {{ days_after('episodes.referral_date', 'horizons.horizon_days') }} as deadline,
        least(
            {{ days_after('episodes.referral_date', 'horizons.horizon_days') }},
            episodes.observed_until
        ) as seen_until
    from episodes
    cross join horizons

)

{# Unknown is a rung, not a hole: who left for no known place did leave. #}
select
    looked_for.episode_id || ':' || cast(looked_for.horizon_days as {{ dbt.type_string() }})
        as rung_id,
    looked_for.episode_id,
    looked_for.programme,
    looked_for.horizon_days,
    case
        when
            looked_for.has_started
            and looked_for.end_date >= looked_for.referral_date
            and looked_for.end_date <= looked_for.seen_until
            then exit_codes.ladder_rung
        when
            not looked_for.has_started
            and looked_for.decision in ('denied', 'withdrawn')
            and coalesce(looked_for.decision_date <= looked_for.seen_until, true)
            then 'denied_or_withdrawn'
        when looked_for.observed_until < looked_for.deadline then 'not_followed'
        when looked_for.start_date <= looked_for.deadline then 'still_enrolled'
        else 'not_started'
    end as rung
from looked_for
left join exit_codes
    on
        looked_for.end_date is not null
        and coalesce(looked_for.exit_code, 'F5') = exit_codes.exit_code
order by rung_id
