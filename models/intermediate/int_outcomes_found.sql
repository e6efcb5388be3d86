with

exited as (

    select * from {{ ref('int_episodes_exited') }}

),

followed as (

    select * from {{ ref('int_never_starters_followed') }}

)

{# Never both: who started is judged by the exit, who never did by the follow-up. #}
select
    episode_id,
    outcome,
    reached_on,
    settled_on,
    unknown_on,
    lost_on,
    cast(null as date) as followed_until
from exited
union all
select
    episode_id,
    outcome,
    reached_on,
    cast(null as date) as settled_on,
    cast(null as date) as unknown_on,
    cast(null as date) as lost_on,
    followed_until
from followed
