with

screenings as (

    select * from {{ source('raw', 'screenings') }}

),

renamed as (

    select
        ---------- ids
        person_id,
        source,
        delivery,
        source_row,

        ---------- strings
        asked_by,
        instrument,

        ---------- dates
        cast(asked_on as date) as asked_on

    from screenings

)

select * from renamed
