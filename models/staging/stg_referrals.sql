with

referrals as (

    select * from {{ source('raw', 'referrals') }}

),

renamed as (

    select
        ---------- ids
        referral_id,
        person_id,
        source,
        delivery,
        source_row,

        ---------- strings
        programme,
        site,
        referrer,
        legal_basis,
        decision,
        obstacle_code,
        readiness,

        ---------- numerics
        cast(could_enter_other as {{ dbt.type_int() }}) as could_enter_other,

        ---------- dates
        cast(referral_date as date) as referral_date,
        cast(decision_date as date) as decision_date,
        cast(assessed_on as date) as assessed_on,
        cast(readiness_on as date) as readiness_on,

        ---------- timestamps
        cast(application_at as {{ dbt.type_timestamp() }}) as application_at

    from referrals

)

select * from renamed
