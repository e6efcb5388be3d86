with

queue as (

    select * from {{ ref('int_queue_delivered_last') }}

),

covered as (

    select * from {{ ref('int_sources_covered') }}

)

select
    queue.source || ':' || queue.person_id || ':' || queue.activity
    || ':' || cast(queue.queued_on as {{ dbt.type_string() }}) as queue_id,
    queue.person_id,
    queue.source,
    queue.activity,
    queue.queued_on,
    queue.offered_on,
    queue.queue_rank,
    coalesce(queue.offered_on > covered.covered_until, true) as is_waiting,
    {{ days_between('queue.queued_on', 'least(queue.offered_on, covered.covered_until)') }}
        as days_waited,
    covered.covered_until as observed_until
from queue
inner join covered using (source)
order by queue_id
