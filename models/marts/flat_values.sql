with

flat_values as (

    select * from {{ ref('int_flat_values_delivered_last') }}

)

select
    unit_id,
    column_name,
    number,
    text
from flat_values
order by unit_id, column_name
