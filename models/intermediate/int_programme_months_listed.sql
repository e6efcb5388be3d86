with

calendar as (

    select * from {{ ref('int_calendar_months') }}

),

deliveries as (

    select * from {{ ref('stg_deliveries') }}

),

happenings as (

    select
        source,
        programme,
        site,
        referral_date as happened_on
    from {{ ref('int_referrals_delivered_last') }}
    union all
    select
        source,
        programme,
        site,
        start_date as happened_on
    from {{ ref('int_spells_joined_to_episodes') }}
    union all
    select
        source,
        programme,
        site,
        {{ first_day_of('month') }} as happened_on
    from {{ ref('int_capacity_delivered_last') }}

),

places_run as (

    select
        happenings.programme,
        happenings.site,
        happenings.source,
        min(happenings.happened_on) as first_happened_on
    from happenings
    group by happenings.programme, happenings.site, happenings.source

)

select
    places_run.programme,
    places_run.site,
    calendar.month,
    calendar.month_start,
    calendar.month_end,
    {# Only a month that some delivery declares whole can hold a true zero. #}
    max(
        case
            when
                calendar.month_start
                >= coalesce(deliveries.covered_from, calendar.month_start)
                and calendar.month_end <= deliveries.covered_until
                then 1
            else 0
        end
    ) = 1 as is_covered,
    {# Exits of the last months may still change reason, or not have been reported yet. #}
    max({{ months_after('deliveries.covered_until', '-' ~ var('reporting_lag_months')) }})
    < calendar.month_end as is_provisional
from places_run
inner join deliveries on places_run.source = deliveries.source
inner join calendar
    on
        places_run.first_happened_on <= calendar.month_end
        and deliveries.covered_until >= calendar.month_start
group by
    places_run.programme, places_run.site,
    calendar.month, calendar.month_start, calendar.month_end
