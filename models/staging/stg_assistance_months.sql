with

assistance_months as (

    select * from {{ source('raw', 'assistance_months') }}

),

categorised as (

    select
        ---------- ids
        person_id,
        source,
        delivery,
        month,

        ---------- booleans
        {# A row without an amount still says that assistance was given. #}
        coalesce(amount_sek > 0, true) as had_assistance

    from assistance_months

)

select * from categorised
