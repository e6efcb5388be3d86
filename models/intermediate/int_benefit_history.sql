with

referrals as (

    select * from {{ ref('int_referrals_delivered_last') }}

),

residents as (

    select * from {{ ref('int_residents_recognised') }}

),

months_assisted as (

    select
        person_id,
        month
    from {{ ref('stg_assistance_months') }}
    group by person_id, month
    having max(case when had_assistance then 1 else 0 end) = 1

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

{# Assistance elsewhere is not in these registers: a non-resident's blank is not a zero. #}
select
    counted.source,
    counted.referral_id,
    case
        when
            counted.n_covered = {{ var('benefit_months_back') }}
            and coalesce(residents.is_resident, true)
            then cast(counted.n_assisted as {{ dbt.type_int() }})
    end as benefit_months_before
from counted
inner join residents using (source, referral_id)
