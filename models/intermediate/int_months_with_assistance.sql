with

assistance_months as (

    select * from {{ ref('int_assistance_months_delivered_last') }}
    where had_assistance

)

select
    person_id,
    month,
    cast(sum(amount_sek) as numeric(12, 2)) as amount_sek,
    {# Households that disagree leave it blank: no rule says whose word counts. #}
    case when min(obstacle_code) = max(obstacle_code) then min(obstacle_code) end as obstacle_code
from assistance_months
group by person_id, month
