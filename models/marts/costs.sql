with

costs as (

    select * from {{ ref('int_costs_delivered_last') }}

)

select
    source || ':' || coalesce(programme, '') || ':' || item || ':' || payer
    || ':' || cast(cost_year as {{ dbt.type_string() }}) as cost_id,
    source,
    programme,
    item,
    payer,
    cost_year,
    amount_sek,
    coalesce(price_year, cost_year) as price_year,
    programme is null as is_shared
from costs
order by cost_id
