with

episodes as (

    select * from {{ ref('int_episodes_assembled') }}
    where
        has_started
        and end_date >= referral_date
        and end_date <= observed_until

),

exit_codes as (

    select * from {{ ref('exit_codes') }}
    where counts_as_work_or_studies

)

select
    episodes.episode_id,
    episodes.source,
    episodes.person_id,
    episodes.referral_id,
    episodes.end_date,
    episodes.observed_until,
    episodes.benefit_months_before
from episodes
inner join exit_codes on episodes.exit_code = exit_codes.exit_code
