with

dated as (

    select referral_date as happened_on from {{ ref('int_referrals_delivered_last') }}
    union all
    select start_date as happened_on from {{ ref('int_spells_delivered_last') }}
    union all
    select {{ first_day_of('month') }} as happened_on from {{ ref('stg_capacity') }}
    union all
    select {{ first_day_of('month') }} as happened_on from {{ ref('stg_assistance_months') }}
    union all
    select covered_from as happened_on from {{ ref('stg_deliveries') }}
    union all
    select covered_until as happened_on from {{ ref('stg_deliveries') }}

),

bounds as (

    select
        {{ first_day_of(month_of('min(happened_on)')) }} as first_day,
        max(happened_on) as last_day
    from dated

),

months_on as (

    {{ dbt.generate_series(var('longest_view_months')) }}

),

calendar as (

    select {{ months_after('bounds.first_day', 'months_on.generated_number - 1') }} as month_start
    from bounds
    cross join months_on

)

select
    {{ month_of('calendar.month_start') }} as month,
    calendar.month_start,
    {{ dbt.last_day('calendar.month_start', 'month') }} as month_end
from calendar
inner join bounds on calendar.month_start <= bounds.last_day
