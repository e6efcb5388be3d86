with

deliveries as (

    select * from {{ source('raw', 'deliveries') }}

),

renamed as (

    select
        ---------- ids
        source,
        delivery,

        ---------- strings
        covers,

        ---------- booleans
        ',' || replace(tables, ' ', '') || ',' like '%,assistance_months,%'
            as has_assistance_months,

        ---------- dates
        extracted_on,
        covers_from as covered_from,
        least(covers_to, extracted_on) as covered_until

    from deliveries

)

select * from renamed
