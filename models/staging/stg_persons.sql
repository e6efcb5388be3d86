with

persons as (

    select * from {{ source('raw', 'persons') }}

),

renamed as (

    select
        ---------- ids
        person_id,
        source,
        delivery,
        source_row,

        ---------- strings
        sex,
        birth_region,
        education,
        household_type,
        disability_code,
        last_worked_month,
        sfi_level,
        municipality,
        district,

        ---------- numerics
        cast(birth_year as {{ dbt.type_int() }}) as birth_year,
        cast(arrival_year as {{ dbt.type_int() }}) as arrival_year,
        cast(children as {{ dbt.type_int() }}) as children,

        ---------- dates
        cast(observed_until as date) as observed_until,
        cast(left_municipality_on as date) as left_municipality_on,
        cast(died_on as date) as died_on

    from persons

)

select * from renamed
