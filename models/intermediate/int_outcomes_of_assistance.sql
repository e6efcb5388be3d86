with

episodes as (

    select * from {{ ref('int_episodes_assembled') }}

),

windows as (

    select * from {{ ref('assistance_windows') }}

),

months as (

    select * from {{ ref('int_months_off_assistance') }}

),

looked_for as (

    select
        episodes.episode_id,
        episodes.benefit_months_before,
        windows.outcome,
        windows.horizon_days,
        windows.months_in_a_row,
        {{ days_after('episodes.referral_date', 'windows.horizon_days') }} as deadline
    from episodes
    cross join windows

),

counted as (

    select
        looked_for.episode_id,
        looked_for.outcome,
        looked_for.horizon_days,
        looked_for.benefit_months_before,
        min(
            case when months.months_in_a_row >= looked_for.months_in_a_row then months.month_end end
        )
            as reached_on,
        sum(case when months.is_seen then 0 else 1 end) as n_unseen
    from looked_for
    left join months
        on
            looked_for.episode_id = months.episode_id
            and looked_for.deadline >= months.month_end
    group by
        looked_for.episode_id,
        looked_for.outcome,
        looked_for.horizon_days,
        looked_for.benefit_months_before

)

{#
    Only who had assistance can go without. A row of months counts only for those seen to the
    deadline: who is lost would else be kept exactly when the row came before.
#}
select
    episode_id,
    outcome,
    horizon_days,
    reached_on,
    case
        when benefit_months_before is null then 'unknown'
        when benefit_months_before = 0 then 'not_applicable'
        when n_unseen > 0 then 'censored'
        when reached_on is not null then 'reached'
        else 'settled'
    end as finding
from counted
