with

referrals as (

    select * from {{ ref('int_referrals_delivered_last') }}

),

may_be_registered as (

    select * from {{ ref('int_referrals_in_assistance_register') }}

),

months_assisted as (

    select * from {{ ref('int_months_with_assistance') }}

),

months_covered as (

    select * from {{ ref('int_assistance_months_covered') }}

),

months_back as (

    {{ dbt.generate_series(var('benefit_months_back')) }}

),

months_before as (

    select
        referrals.source,
        referrals.referral_id,
        referrals.person_id,
        {{ month_of(months_after('referrals.referral_date', '-months_back.generated_number')) }}
            as month
    from referrals
    cross join months_back

),

counted as (

    select
        months_before.source,
        months_before.referral_id,
        count(months_assisted.month) as n_assisted,
        count(months_covered.month) as n_covered
    from months_before
    left join months_covered using (month)
    left join months_assisted using (person_id, month)
    group by months_before.source, months_before.referral_id

)

select
    counted.source,
    counted.referral_id,
    case
        when
            counted.n_covered = {{ var('benefit_months_back') }}
            and may_be_registered.is_in_register
            then cast(counted.n_assisted as {{ dbt.type_int() }})
    end as benefit_months_before
from counted
inner join may_be_registered using (source, referral_id)
