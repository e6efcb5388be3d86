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
        caseworker_id,

        ---------- booleans
        cast(exit_verified as {{ dbt.type_boolean() }}) as exit_verified,

        ---------- dates
        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date,

        ---------- timestamps
        cast(first_meeting_at as {{ dbt.type_timestamp() }}) as first_meeting_at,

        ---------- numerics
        cast(planned_hours as numeric(5, 2)) as planned_hours

    from spells

)

select * from renamed
