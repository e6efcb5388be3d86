with

queue as (

    select * from {{ source('raw', 'queue') }}

),

renamed as (

    select
        ---------- ids
        person_id,
        source,
        delivery,
        source_row,

        ---------- strings
        activity,

        ---------- numerics
        cast(rank as {{ dbt.type_int() }}) as queue_rank,

        ---------- dates
        cast(queued_on as date) as queued_on,
        cast(offered_on as date) as offered_on

    from queue

)

select * from renamed
