with

referrals as (

    select * from {{ ref('int_referrals_delivered_last') }}

),

{# What follows a longer break is a new attempt; this referral is judged by its first. #}
stretches as (

    select * from {{ ref('int_spells_joined_to_episodes') }}
    where stretch = 1

),

first_referrals as (

    select * from {{ ref('int_first_referrals') }}

),

benefit_history as (

    select * from {{ ref('int_benefit_history') }}

),

residents as (

    select * from {{ ref('int_residents_recognised') }}

),

observed as (

    select * from {{ ref('int_referrals_observed') }}

)

select
    referrals.source || ':' || referrals.referral_id as episode_id,
    referrals.person_id,
    referrals.referral_id,
    referrals.source,
    referrals.programme,
    referrals.site,
    referrals.referrer,
    referrals.application_at,
    referrals.referral_date,
    referrals.decision,
    referrals.decision_date,
    stretches.start_date,
    stretches.end_date,
    stretches.exit_code,
    stretches.exit_verified,
    stretches.start_date is not null as has_started,
    cast(
        {{ dbt.datediff('referrals.referral_date', 'stretches.start_date', 'day') }}
        as {{ dbt.type_int() }}
    ) as wait_days,
    referrals.legal_basis,
    referrals.could_enter_other,
    coalesce(referrals.assessed_on <= referrals.referral_date, false)
        as could_enter_other_is_dated,
    referrals.obstacle_code,
    referrals.readiness,
    coalesce(referrals.readiness_on <= referrals.referral_date, false) as readiness_is_dated,
    first_referrals.is_first_referral,
    benefit_history.benefit_months_before,
    residents.is_resident,
    observed.observed_until
from referrals
inner join first_referrals using (source, referral_id)
inner join benefit_history using (source, referral_id)
inner join residents using (source, referral_id)
inner join observed using (source, referral_id)
left join stretches using (source, referral_id)
