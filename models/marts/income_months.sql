with

income_months as (

    select * from {{ ref('int_income_months_delivered_last') }}

),

first_referrals as (

    select
        referrals.person_id,
        min(referrals.referral_date) as referral_date
    from {{ ref('int_referrals_delivered_last') }} as referrals
    group by referrals.person_id

)

select
    income_months.source || ':' || income_months.person_id || ':' || income_months.month
    || ':' || income_months.income_source as income_id,
    income_months.person_id,
    income_months.month,
    income_months.income_source,
    income_months.amount_sek,
    cast(
        {{ dbt.datediff(
            'first_referrals.referral_date', first_day_of('income_months.month'), 'month'
        ) }} as {{ dbt.type_int() }}
    ) as months_since_referral
from income_months
left join first_referrals using (person_id)
order by income_id
