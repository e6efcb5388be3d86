with

attendance_months as (

    select * from {{ source('raw', 'attendance_months') }}

),

renamed as (

    select
        ---------- ids
        person_id,
        spell_id,
        month,
        source,
        delivery,
        source_row,

        ---------- numerics
        cast(hours_given as numeric(5, 2)) as hours_given

    from attendance_months

)

select * from renamed
