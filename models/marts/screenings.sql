with

screenings as (

    select * from {{ ref('int_screenings_delivered_last') }}

)

{# A question asked: neither an answer nor help given, and never to be read as either. #}
select
    source || ':' || person_id || ':' || coalesce(instrument, '')
    || ':' || cast(asked_on as {{ dbt.type_string() }}) as screening_id,
    person_id,
    source,
    instrument,
    asked_by,
    asked_on
from screenings
order by screening_id
