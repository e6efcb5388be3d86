with

followups as (

    select * from {{ source('raw', 'followups') }}

),

renamed as (

    select
        ---------- ids
        person_id,
        source,
        delivery,

        ---------- strings
        counted_from,
        status,
        followup_source,

        ---------- numerics
        cast(day as {{ dbt.type_int() }}) as day,

        ---------- dates
        cast(followup_date as date) as followup_date

    from followups

)

select * from renamed
