with

handovers as (

    select * from {{ source('raw', 'handovers') }}

),

renamed as (

    select
        ---------- ids
        person_id,
        source,
        delivery,
        source_row,

        ---------- strings
        authority,

        ---------- booleans
        cast(employer_offer as {{ dbt.type_boolean() }}) as employer_offer,
        cast(offer_withdrawn as {{ dbt.type_boolean() }}) as offer_withdrawn,

        ---------- dates
        cast(sent_date as date) as sent_date,
        cast(answered_date as date) as answered_date

    from handovers

)

select * from renamed
