with

listed as (

    select * from {{ ref('int_programme_months_listed') }}

),

counted as (

    select * from {{ ref('int_programme_months_counted') }}

),

capacity as (

    select * from {{ ref('int_capacity_delivered_last') }}

),

disrupted as (

    select * from {{ ref('int_disrupted_months') }}

)

select
    ---------- ids
    listed.programme,
    listed.site,
    listed.month,

    ---------- people
    cast(counted.n_referred as {{ dbt.type_int() }}) as n_referred,
    cast(counted.n_started as {{ dbt.type_int() }}) as n_started,
    cast(counted.n_enrolled as {{ dbt.type_int() }}) as n_enrolled,
    cast(counted.n_exits as {{ dbt.type_int() }}) as n_exits,
    cast(counted.n_exits_work_or_studies as {{ dbt.type_int() }}) as n_exits_work_or_studies,

    ---------- capacity
    capacity.places,
    capacity.open_days,
    capacity.fte,
    capacity.caseload,
    coalesce(disrupted.capacity_share, 1) as capacity_share,

    ---------- booleans
    disrupted.month is not null as is_disrupted,
    coalesce(listed.is_provisional, false) as is_provisional
from listed
left join counted using (programme, site, month)
left join capacity using (programme, site, month)
left join disrupted using (programme, site, month)
order by programme, site, month
