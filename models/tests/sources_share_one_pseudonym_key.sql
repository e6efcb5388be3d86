{#
    Where two sources know one person_id they agree on the birth year. If more than one in ten
    differ, the pseudonyms were made with different keys, and would make one person of two.
#}

with

persons as (

    select * from {{ ref('stg_persons') }}

),

shared as (

    select
        person_id,
        case when min(birth_year) != max(birth_year) then 1 else 0 end as differs
    from persons
    group by person_id
    having count(distinct source) > 1

)

select sum(differs) as n_different
from shared
having sum(differs) * 10 > count(*)
