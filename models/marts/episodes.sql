with

assembled as (

    select * from {{ ref('int_episodes_assembled') }}

),

at_referral as (

    select * from {{ ref('int_persons_at_referral') }}

)

select
    ---------- ids
    assembled.episode_id,
    assembled.person_id,
    assembled.referral_id,
    assembled.source,
    assembled.programme,
    assembled.site,
    assembled.referrer,

    ---------- the referral and what came of it
    assembled.application_at,
    assembled.referral_date,
    assembled.decision,
    assembled.decision_date,
    assembled.start_date,
    assembled.end_date,
    assembled.exit_code,
    assembled.exit_verified,
    assembled.has_started,
    assembled.wait_days,

    ---------- who could have gone where
    assembled.legal_basis,
    assembled.could_enter_other,
    assembled.could_enter_other_is_dated,
    assembled.obstacle_code,
    assembled.readiness,
    assembled.readiness_is_dated,
    assembled.is_first_referral,

    ---------- known at time zero
    at_referral.age_at_referral,
    at_referral.years_in_sweden_at_referral,
    at_referral.months_since_work_at_referral,
    assembled.benefit_months_before,
    at_referral.sex,
    at_referral.birth_region,
    at_referral.education,
    at_referral.household_type,
    at_referral.children,
    at_referral.disability_code,
    at_referral.sfi_level,
    at_referral.municipality,
    at_referral.district,
    assembled.is_resident,

    ---------- observation
    assembled.observed_until
from assembled
left join at_referral using (source, referral_id)
order by assembled.episode_id
