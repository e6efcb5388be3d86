with

programme_versions as (

    select * from {{ source('raw', 'programme_versions') }}

),

renamed as (

    select
        ---------- ids
        programme,
        site,
        source,
        delivery,
        source_row,

        ---------- strings
        rule,

        ---------- dates
        cast("from" as date) as starts_on,
        cast("to" as date) as ends_on,
        cast(planned_from as date) as planned_from

    from programme_versions

)

select * from renamed
