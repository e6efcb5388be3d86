with

followups as (

    select * from {{ ref('stg_followups') }}

),

statuses as (

    select * from {{ ref('followup_statuses') }}
    where is_known

),

referrals as (

    select * from {{ ref('int_referrals_delivered_last') }}

),

paired as (

    select
        referrals.source,
        referrals.referral_id,
        followups.status,
        followups.followup_date,
        case
            when followups.counted_from = 'referral'
                then {{ days_after('referrals.referral_date', 'followups.day') }}
        end as planned_on
    from followups
    inner join referrals
        on
            followups.person_id = referrals.person_id
            and followups.followup_date >= referrals.referral_date
    where coalesce(followups.followup_source, 'register') != 'none'

),

{#
    A contact planned for day 365 measures day 365, also when it was made a week late. One that
    is further off was planned from another referral of the same person.
#}
measured as (

    select
        paired.source,
        paired.referral_id,
        statuses.counts_as_work,
        statuses.counts_as_work_or_studies,
        case
            when
                abs({{ dbt.datediff('paired.planned_on', 'paired.followup_date', 'day') }})
                <= {{ var('followup_slack_days') }}
                then paired.planned_on
            else paired.followup_date
        end as measured_on
    from paired
    inner join statuses on paired.status = statuses.status

)

select * from measured
