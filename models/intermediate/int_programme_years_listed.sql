with

calendar as (

    select distinct substring(month, 1, 4) as calendar_year
    from {{ ref('int_calendar_months') }}

),

happenings as (

    select
        source,
        programme,
        referral_date as happened_on
    from {{ ref('int_referrals_delivered_last') }}
    union all
    select
        source,
        programme,
        start_date as happened_on
    from {{ ref('int_spells_joined_to_episodes') }}

),

run as (

    select
        happenings.source,
        happenings.programme,
        covered.covered_from,
        covered.covered_until,
        min(happenings.happened_on) as first_happened_on
    from happenings
    inner join {{ ref('int_sources_covered') }} as covered
        on happenings.source = covered.source
    group by
        happenings.source, happenings.programme,
        covered.covered_from, covered.covered_until

)

select
    run.source,
    run.programme,
    run.covered_until,
    cast(calendar.calendar_year as {{ dbt.type_int() }}) as calendar_year,
    cast(calendar.calendar_year || '-01-01' as date) as first_day,
    cast(calendar.calendar_year || '-12-31' as date) as last_day,
    coalesce(run.covered_from <= cast(calendar.calendar_year || '-01-01' as date), true)
    and run.covered_until >= cast(calendar.calendar_year || '-12-31' as date) as is_whole
from run
inner join calendar
    on
        run.first_happened_on <= cast(calendar.calendar_year || '-12-31' as date)
        and run.covered_until >= cast(calendar.calendar_year || '-01-01' as date)
