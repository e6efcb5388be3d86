with

events as (

    select * from {{ source('raw', 'events') }}

),

renamed as (

    select
        ---------- ids
        event_id as disruption_id,

        ---------- strings
        kind,
        programme,
        site,
        label_sv,
        label_en,
        source,
        evidence_grade,

        ---------- numerics
        capacity_share,

        ---------- dates
        starts_on,
        ends_on

    from events

)

select * from renamed
