with

referrals as (

    select * from {{ ref('int_referrals_delivered_last') }}

),

ranked as (

    select
        referrals.source,
        referrals.referral_id,
        row_number() over (
            partition by referrals.person_id
            order by referrals.referral_date, referrals.referral_id, referrals.source
        ) as rank_from_first
    from referrals

)

select
    source,
    referral_id,
    rank_from_first = 1 as is_first_referral
from ranked
