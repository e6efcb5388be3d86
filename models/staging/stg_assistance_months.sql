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
        household_id,
        month,
        source_row,

        ---------- strings
        obstacle_code,

        ---------- numerics
        cast(amount_sek as numeric(12, 2)) as amount_sek,

        ---------- booleans
        {# A row without an amount still says that assistance was given. #}
        coalesce(amount_sek > 0, true) as had_assistance

    from assistance_months

)

select * from categorised
