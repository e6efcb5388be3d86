with

applications as (

    select * from {{ source('raw', 'applications') }}

),

renamed as (

    select
        ---------- ids
        person_id,
        source,
        delivery,
        source_row,

        ---------- strings
        decision,
        site,

        ---------- dates
        cast(applied_on as date) as applied_on,
        cast(decided_on as date) as decided_on

    from applications

)

select * from renamed
