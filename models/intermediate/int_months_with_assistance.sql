select distinct
    person_id,
    month
from {{ ref('stg_assistance_months') }}
where had_assistance
