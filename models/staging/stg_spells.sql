with

spells as (

    select * from {{ source('raw', 'spells') }}

),

renamed as (

    select
        ---------- ids
        spell_id,
        referral_id,
        person_id,
        source,
        delivery,
        source_row,

        ---------- strings
        programme,
        site,
        exit_reason as exit_code,

        ---------- booleans
        cast(exit_verified as {{ dbt.type_boolean() }}) as exit_verified,

        ---------- dates
        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date

    from spells

)

select * from renamed
