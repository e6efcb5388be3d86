with

referrals as (

    select * from {{ ref('int_referrals_delivered_last') }}

),

persons as (

    select * from {{ ref('int_persons_delivered_last') }}

),

deliveries as (

    select * from {{ ref('stg_deliveries') }}

),

{#
    Coverage is what a delivery declares, not which rows it happens to repeat: a source that sends
    changed rows only would otherwise be followed longer exactly where something happened.
#}
covered as (

    select
        referrals.source,
        referrals.referral_id,
        max(
            case
                when
                    referrals.referral_date
                    >= coalesce(deliveries.covered_from, referrals.referral_date)
                    and referrals.referral_date <= deliveries.covered_until
                    then deliveries.covered_until
            end
        ) as covered_until,
        max(
            case when referrals.delivery = deliveries.delivery then deliveries.covered_until end
        ) as delivered_until
    from referrals
    inner join deliveries on referrals.source = deliveries.source
    group by referrals.source, referrals.referral_id

),

observed as (

    select
        referrals.source,
        referrals.referral_id,
        least(
            coalesce(covered.covered_until, covered.delivered_until),
            persons.observed_until,
            persons.left_municipality_on,
            persons.died_on
        ) as observed_until
    from referrals
    inner join covered
        on
            referrals.source = covered.source
            and referrals.referral_id = covered.referral_id
    left join persons on referrals.person_id = persons.person_id

)

select * from observed
