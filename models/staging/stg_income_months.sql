with

income_months as (

    select * from {{ source('raw', 'income_months') }}

),

renamed as (

    select
        ---------- ids
        person_id,
        month,
        income_source,
        source,
        delivery,
        source_row,

        ---------- numerics
        cast(amount_sek as numeric(12, 2)) as amount_sek

    from income_months

)

select * from renamed
