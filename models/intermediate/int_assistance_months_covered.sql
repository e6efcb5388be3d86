with

calendar as (

    select * from {{ ref('int_calendar_months') }}

),

deliveries as (

    select * from {{ ref('stg_deliveries') }}
    where has_assistance_months

),

assistance_months as (

    select * from {{ ref('stg_assistance_months') }}

),

declared as (

    select calendar.month
    from calendar
    inner join deliveries
        on
            calendar.month_start >= deliveries.covered_from
            and calendar.month_end <= deliveries.covered_until

)

{# History before the declared window is covered where the register holds that month at all. #}
select month from declared
union distinct
select month from assistance_months
