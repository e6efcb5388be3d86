with

episodes as (

    select * from {{ ref('int_episodes_assembled') }}

),

exit_codes as (

    select * from {{ ref('exit_codes') }}

),

returns as (

    select * from {{ ref('int_returns_found') }}

),

{# An ending without a reason is F5: nobody can say whether there was anything to return from. #}
looked_for as (

    select
        episodes.episode_id,
        returns.episode_id is not null as has_exited,
        exit_codes.knowledge = 'unknown' as is_unknown,
        returns.benefit_months_before,
        returns.deadline,
        returns.observed_until,
        returns.referred_on,
        returns.is_followed_in_register,
        returns.has_left_assistance,
        returns.assisted_on
    from episodes
    left join returns on episodes.episode_id = returns.episode_id
    left join exit_codes
        on
            episodes.end_date is not null
            and exit_codes.exit_code = coalesce(episodes.exit_code, 'F5')

)

select
    episode_id,
    'referred_again' as outcome,
    365 as horizon_days,
    referred_on as reached_on,
    case
        when is_unknown then 'unknown'
        when not has_exited then 'not_applicable'
        when observed_until < deadline then 'censored'
        when referred_on <= deadline then 'reached'
        else 'settled'
    end as finding
from looked_for
union all
select
    episode_id,
    'assistance_again' as outcome,
    365 as horizon_days,
    assisted_on as reached_on,
    case
        when is_unknown then 'unknown'
        when not has_exited then 'not_applicable'
        when benefit_months_before is null then 'unknown'
        when benefit_months_before = 0 then 'not_applicable'
        when not is_followed_in_register then 'censored'
        when not has_left_assistance then 'not_applicable'
        when assisted_on is not null then 'reached'
        else 'settled'
    end as finding
from looked_for
