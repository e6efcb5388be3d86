with

referrals as (

    select * from {{ ref('int_referrals_delivered_last') }}

),

residents as (

    select * from {{ ref('int_residents_recognised') }}

),

heard_of as (

    select
        person_id,
        min(month) as first_month
    from {{ ref('stg_assistance_months') }}
    group by person_id

)

{# Assistance elsewhere is in another register: a stranger's blank there is not a zero here. #}
select
    referrals.source,
    referrals.referral_id,
    coalesce(residents.is_resident, true)
    or coalesce(heard_of.first_month <= {{ month_of('referrals.referral_date') }}, false)
        as is_in_register
from referrals
inner join residents using (source, referral_id)
left join heard_of on referrals.person_id = heard_of.person_id
