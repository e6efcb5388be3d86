with

exits as (

    select * from {{ ref('int_exits_to_work_or_studies') }}

),

referrals as (

    select * from {{ ref('int_referrals_delivered_last') }}

),

months as (

    select * from {{ ref('int_months_after_exit') }}

),

referred as (

    select
        exits.episode_id,
        min(referrals.referral_date) as referred_on
    from exits
    inner join referrals
        on
            exits.person_id = referrals.person_id
            and exits.end_date < referrals.referral_date
    group by exits.episode_id

),

left_off as (

    select
        episode_id,
        min(case when not is_seen then 0 else 1 end) = 1 as is_followed,
        min(case when is_seen and not had_assistance then month_number end) as first_month_off
    from months
    group by episode_id

),

assisted as (

    select
        months.episode_id,
        min(months.month_end) as assisted_on
    from months
    inner join left_off on months.episode_id = left_off.episode_id
    where months.had_assistance and months.month_number > left_off.first_month_off
    group by months.episode_id

)

select
    exits.episode_id,
    exits.benefit_months_before,
    {{ days_after('exits.end_date', '365') }} as deadline,
    exits.observed_until,
    referred.referred_on,
    left_off.is_followed as is_followed_in_register,
    left_off.first_month_off is not null as has_left_assistance,
    assisted.assisted_on
from exits
left join referred on exits.episode_id = referred.episode_id
left join left_off on exits.episode_id = left_off.episode_id
left join assisted on exits.episode_id = assisted.episode_id
