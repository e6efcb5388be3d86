with

labour_market as (

    select * from {{ ref('int_labour_market_delivered_last') }}

)

select
    ---------- ids
    municipality,
    month,

    ---------- numerics
    unemployed_pct
from labour_market
order by municipality, month
