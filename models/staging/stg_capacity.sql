with

capacity as (

    select * from {{ source('raw', 'capacity') }}

),

renamed as (

    select
        ---------- ids
        programme,
        site,
        month,
        source,
        delivery,
        source_row,

        ---------- numerics
        cast(places as {{ dbt.type_int() }}) as places,
        cast(open_days as {{ dbt.type_int() }}) as open_days,
        cast(fte as numeric(9, 2)) as fte,
        cast(caseload as numeric(9, 2)) as caseload

    from capacity

)

select * from renamed
