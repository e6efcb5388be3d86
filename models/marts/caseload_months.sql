with

caseworkers as (

    select
        last_said.*,
        {{ dbt.last_day(first_day_of('last_said.month'), 'month') }} as month_end
    from {{ ref('int_caseworkers_delivered_last') }} as last_said

),

spells as (

    select * from {{ ref('int_spells_delivered_last') }}

),

{# Enrolled until the evening before the end, as months of a programme are counted. #}
counted as (

    select
        caseworkers.source,
        caseworkers.caseworker_id,
        caseworkers.month,
        caseworkers.site,
        count(spells.spell_id) as n_enrolled
    from caseworkers
    left join spells
        on
            caseworkers.source = spells.source
            and caseworkers.caseworker_id = spells.caseworker_id
            and caseworkers.month_end >= spells.start_date
            and caseworkers.month_end < coalesce(spells.end_date, date '9999-12-31')
    group by
        caseworkers.source, caseworkers.caseworker_id,
        caseworkers.month, caseworkers.site

)

select
    caseworkers.source || ':' || caseworkers.caseworker_id || ':' || caseworkers.month
    || ':' || coalesce(caseworkers.site, '') as caseload_id,
    caseworkers.source,
    caseworkers.caseworker_id,
    caseworkers.month,
    caseworkers.site,
    caseworkers.cases,
    cast(counted.n_enrolled as {{ dbt.type_int() }}) as n_enrolled,
    caseworkers.higher_education
from caseworkers
inner join counted
    on
        caseworkers.source = counted.source
        and caseworkers.caseworker_id = counted.caseworker_id
        and caseworkers.month = counted.month
        and coalesce(caseworkers.site, '') = coalesce(counted.site, '')
order by caseload_id
