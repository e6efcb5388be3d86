with

attendance as (

    select * from {{ ref('int_attendance_months_delivered_last') }}

),

spells as (

    select * from {{ ref('int_spells_delivered_last') }}

),

covered as (

    select * from {{ ref('int_sources_covered') }}

),

enrolled as (

    select
        attendance.source,
        attendance.spell_id,
        attendance.person_id,
        attendance.month,
        attendance.hours_given,
        spells.referral_id,
        spells.programme,
        spells.site,
        spells.planned_hours,
        greatest(spells.start_date, {{ first_day_of('attendance.month') }}) as first_day,
        least(
            spells.end_date,
            covered.covered_until,
            {{ dbt.last_day(first_day_of('attendance.month'), 'month') }}
        ) as last_day
    from attendance
    inner join spells using (source, spell_id)
    inner join covered using (source)

),

counted as (

    select
        enrolled.*,
        greatest({{ days_between('first_day', 'last_day') }} + 1, 0) as days_enrolled
    from enrolled

)

select
    source || ':' || spell_id || ':' || month as attendance_id,
    source || ':' || referral_id as episode_id,
    person_id,
    programme,
    site,
    month,
    hours_given,
    days_enrolled,
    cast(planned_hours * days_enrolled / 7.0 as numeric(7, 2)) as planned_hours
from counted
order by attendance_id
