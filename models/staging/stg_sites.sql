with

sites as (

    select * from {{ source('raw', 'sites') }}

),

renamed as (

    select
        ---------- ids
        programme,
        site,

        ---------- strings
        municipality

    from sites

)

select * from renamed
