with

opened as (

    select
        windows.*,
        {{ month_of('windows.month_start') }} as month
    from {{ ref('int_assistance_windows_opened') }} as windows

),

declared as (

    select * from {{ ref('int_assistance_months_declared') }}

),

assisted as (

    select * from {{ ref('int_months_with_assistance') }}

)

select
    ---------- ids
    opened.person_id,
    opened.month,
    opened.months_since_referral,

    ---------- what was paid
    assisted.month is not null as had_assistance,
    assisted.amount_sek,
    assisted.obstacle_code,

    ---------- booleans
    declared.month is not null
    and opened.is_in_register
    and {{ dbt.last_day('opened.month_start', 'month') }} <= opened.observed_until as is_seen
from opened
left join declared
    on
        opened.source = declared.source
        and opened.month = declared.month
left join assisted
    on
        opened.person_id = assisted.person_id
        and opened.month = assisted.month
order by opened.person_id, opened.month
