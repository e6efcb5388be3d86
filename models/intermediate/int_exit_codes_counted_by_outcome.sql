with

exit_codes as (

    select * from {{ ref('exit_codes') }}

)

{# What counts as what is said once: a new outcome is a column of the seed and a select here. #}
select
    exit_code,
    'work' as outcome,
    counts_as_work as is_counted
from exit_codes
union all
select
    exit_code,
    'work_or_studies' as outcome,
    counts_as_work_or_studies as is_counted
from exit_codes
union all
select
    exit_code,
    'returned' as outcome,
    counts_as_returned as is_counted
from exit_codes
union all
select
    exit_code,
    'any_exit' as outcome,
    true as is_counted
from exit_codes
