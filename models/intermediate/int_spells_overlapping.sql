with

spells as (

    select * from {{ ref('int_spells_delivered_last') }}

)

{# A day shared by an end and a start is a move, not two enrolments at once. #}
select
    one.source,
    one.spell_id,
    max(case when one.programme != other.programme then 1 else 0 end) = 1 as in_other_programme,
    max(case when one.programme = other.programme then 1 else 0 end) = 1 as in_same_programme
from spells as one
inner join spells as other
    on
        one.person_id = other.person_id
        and (one.source != other.source or one.spell_id != other.spell_id)
        and one.start_date < coalesce(other.end_date, date '9999-12-31')
        and other.start_date < coalesce(one.end_date, date '9999-12-31')
group by one.source, one.spell_id
