with

persons as (

    select * from {{ ref('int_persons_delivered_last') }}

)

select
    ---------- ids
    person_id,
    source,

    ---------- target group
    birth_year,
    sex,
    birth_region,
    arrival_year,
    education,
    household_type,
    children,
    disability_code,
    last_worked_month,
    sfi_level,
    municipality,
    district,

    ---------- dates
    observed_until,
    left_municipality_on,
    died_on
from persons
order by person_id
