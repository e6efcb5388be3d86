with

applications as (

    select * from {{ ref('int_applications_delivered_last') }}

),

covered as (

    select * from {{ ref('int_sources_covered') }}

),

followed as (

    select
        applications.*,
        covered.covered_until,
        {{ days_after('applications.applied_on', '365') }} as deadline,
        lead(applications.applied_on) over (
            partition by applications.person_id
            order by applications.applied_on, applications.source
        ) as next_applied_on
    from applications
    inner join covered using (source)

)

{# Who applied late has not had a year to apply again in: blank, also where it has happened. #}
select
    source || ':' || person_id || ':' || cast(applied_on as {{ dbt.type_string() }})
        as application_id,
    person_id,
    source,
    site,
    applied_on,
    decision,
    decided_on,
    {{ days_between('applied_on', 'decided_on') }} as days_to_decision,
    coalesce(decision in ('denied', 'withdrawn'), false) as is_turned_away,
    next_applied_on,
    case when covered_until >= deadline then coalesce(next_applied_on <= deadline, false) end
        as is_reapplied_within_a_year,
    covered_until as observed_until
from followed
order by application_id
