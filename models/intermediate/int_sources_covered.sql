with

deliveries as (

    select * from {{ ref('stg_deliveries') }}

)

select
    source,
    min(covered_from) as covered_from,
    max(covered_until) as covered_until
from deliveries
group by source
