with

costs as (

    select * from {{ source('raw', 'costs') }}

),

renamed as (

    select
        ---------- ids
        programme,
        item,
        payer,
        source,
        delivery,
        source_row,

        ---------- numerics
        cast(year as {{ dbt.type_int() }}) as cost_year,
        cast(amount_sek as numeric(16, 2)) as amount_sek,
        cast(price_year as {{ dbt.type_int() }}) as price_year

    from costs

)

select * from renamed
