with

caseworkers as (

    select * from {{ source('raw', 'caseworkers') }}

),

renamed as (

    select
        ---------- ids
        caseworker_id,
        month,
        site,
        source,
        delivery,
        source_row,

        ---------- booleans
        cast(higher_education as {{ dbt.type_boolean() }}) as higher_education,

        ---------- numerics
        cast(cases as {{ dbt.type_int() }}) as cases

    from caseworkers

)

select * from renamed
