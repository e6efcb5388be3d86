with

flat_values as (

    select * from {{ source('raw', 'flat_values') }}

),

renamed as (

    select
        ---------- ids
        unit_id,
        column_name,
        source,
        delivery,
        source_row,

        ---------- strings
        text,

        ---------- numerics
        number

    from flat_values

)

select * from renamed
