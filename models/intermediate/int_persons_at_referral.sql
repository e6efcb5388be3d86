with

referrals as (

    select
        source,
        referral_id,
        person_id,
        referral_date,
        cast(extract(year from referral_date) as {{ dbt.type_int() }}) as referral_year
    from {{ ref('int_referrals_delivered_last') }}

),

persons as (

    select * from {{ ref('int_persons_delivered_last') }}

)

{# Arrived or last worked after the referral: not known, so not used, at time zero. #}
select
    referrals.source,
    referrals.referral_id,
    persons.sex,
    persons.birth_region,
    persons.education,
    persons.household_type,
    persons.children,
    persons.disability_code,
    persons.sfi_level,
    persons.municipality,
    persons.district,
    referrals.referral_year - persons.birth_year as age_at_referral,
    case
        when persons.arrival_year <= referrals.referral_year
            then referrals.referral_year - persons.arrival_year
    end as years_in_sweden_at_referral,
    case
        when persons.last_worked_month <= {{ month_of('referrals.referral_date') }}
            then
                cast(
                    {{ dbt.datediff(
                        first_day_of('persons.last_worked_month'),
                        'referrals.referral_date',
                        'month'
                    ) }} as {{ dbt.type_int() }}
                )
    end as months_since_work_at_referral
from referrals
inner join persons on referrals.person_id = persons.person_id
