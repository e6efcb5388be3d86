with

deliveries as (

    select * from {{ ref('stg_deliveries') }}
    where has_assistance_months

),

calendar as (

    select * from {{ ref('int_calendar_months') }}

),

sources as (

    select
        referrals.source,
        max(case when deliveries.source is null then 0 else 1 end) = 1 as has_own_register
    from {{ ref('int_referrals_delivered_last') }} as referrals
    left join deliveries on referrals.source = deliveries.source
    group by referrals.source

),

{# Another town's register says nothing of ours, unless ours keeps none beside its referrals. #}
registers as (

    select
        sources.source,
        deliveries.covered_from,
        deliveries.covered_until
    from sources
    inner join deliveries
        on sources.source = deliveries.source or not sources.has_own_register

)

select distinct
    registers.source,
    calendar.month
from calendar
inner join registers
    on
        calendar.month_start >= registers.covered_from
        and calendar.month_end <= registers.covered_until
