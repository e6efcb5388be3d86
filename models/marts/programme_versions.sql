with

versions as (

    select * from {{ ref('int_programme_versions_delivered_last') }}

),

covered as (

    select * from {{ ref('int_sources_covered') }}

),

run as (

    select
        versions.*,
        covered.covered_until,
        greatest(
            {{ days_between(
                'versions.starts_on', 'least(versions.ends_on, covered.covered_until)'
            ) }} + 1,
            0
        ) as days_in_operation
    from versions
    inner join covered using (source)

)

select
    source || ':' || programme || ':' || site
    || ':' || cast(starts_on as {{ dbt.type_string() }}) as version_id,
    source,
    programme,
    site,
    rule,
    planned_from,
    starts_on,
    ends_on,
    {{ days_between('planned_from', 'starts_on') }} as days_late,
    days_in_operation,
    cast(floor(days_in_operation / 7.0) as {{ dbt.type_int() }}) as weeks_in_operation,
    starts_on <= covered_until as has_started,
    covered_until as observed_until
from run
order by version_id
