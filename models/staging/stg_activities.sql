with

activities as (

    select * from {{ source('raw', 'activities') }}

),

renamed as (

    select
        ---------- ids
        spell_id,
        person_id,
        source,
        delivery,
        source_row,

        ---------- strings
        activity,
        workplace_kind,
        subsidy,

        ---------- dates
        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date

    from activities

)

select * from renamed
