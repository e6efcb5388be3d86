with

judged as (

    select
        episode_id,
        outcome,
        horizon_days,
        finding,
        reached_on
    from {{ ref('int_outcomes_of_exits') }}
    union all
    select
        episode_id,
        outcome,
        horizon_days,
        finding,
        reached_on
    from {{ ref('int_outcomes_of_assistance') }}
    union all
    select
        episode_id,
        outcome,
        horizon_days,
        finding,
        reached_on
    from {{ ref('int_outcomes_of_returns') }}

)

select
    episode_id || ':' || outcome || ':' || horizon_days as outcome_id,
    episode_id,
    outcome,
    horizon_days,
    case finding when 'reached' then 1 when 'settled' then 0 end as occurred,
    case when finding in ('reached', 'settled') then 'observed' else finding end as status,
    case when finding = 'reached' then reached_on end as reached_on
from judged
order by episode_id, outcome, horizon_days
