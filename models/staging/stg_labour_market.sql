with

labour_market as (

    select * from {{ source('raw', 'labour_market') }}

),

renamed as (

    select
        ---------- ids
        municipality,
        month,
        source,
        delivery,
        source_row,

        ---------- numerics
        cast(unemployed_pct as numeric(5, 2)) as unemployed_pct

    from labour_market

)

select * from renamed
