with

first_referrals as (

    select * from {{ ref('int_first_referrals') }}
    where is_first_referral

),

referrals as (

    select * from {{ ref('int_referrals_delivered_last') }}

),

observed as (

    select * from {{ ref('int_referrals_observed') }}

),

registered as (

    select * from {{ ref('int_referrals_in_assistance_register') }}

),

months_on as (

    {{ dbt.generate_series(var('assistance_months_shown')) }}

)

select
    referrals.source,
    referrals.person_id,
    observed.observed_until,
    registered.is_in_register,
    cast(
        months_on.generated_number - {{ var('benefit_months_back') }} - 1 as {{ dbt.type_int() }}
    ) as months_since_referral,
    {{ months_after(
        first_day_of(month_of('referrals.referral_date')),
        'months_on.generated_number - ' ~ var('benefit_months_back') ~ ' - 1'
    ) }} as month_start
from first_referrals
inner join referrals using (source, referral_id)
inner join observed using (source, referral_id)
inner join registered using (source, referral_id)
cross join months_on
