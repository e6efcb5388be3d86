with

stretches as (

    select
        stretches.*,
        coalesce(stretches.exit_code, 'F5') as counted_code,
        {{ dbt.last_day('stretches.end_date', 'month') }} as month_end
    from {{ ref('int_spells_joined_to_episodes') }} as stretches
    where stretches.end_date is not null

),

years as (

    select * from {{ ref('int_programme_years_listed') }}

),

exits as (

    select
        stretches.*,
        exit_codes.counts_in_kolada_u40455,
        exit_codes.knowledge,
        years.calendar_year,
        years.last_day,
        {{ months_after('years.covered_until', '-' ~ var('reporting_lag_months')) }}
            as settled_until
    from stretches
    inner join {{ ref('exit_codes') }} as exit_codes
        on stretches.counted_code = exit_codes.exit_code
    inner join years
        on
            stretches.source = years.source
            and stretches.programme = years.programme
            and stretches.end_date >= years.first_day
            and stretches.end_date <= least(years.last_day, years.covered_until)

)

{# Kolada counts every exit; a supplier's rule leaves out who moved, died or was taken out. #}
select
    source,
    programme,
    calendar_year,
    count(*) as n_exits,
    sum(case when counts_in_kolada_u40455 then 1 else 0 end) as n_work_or_studies,
    sum(case when counts_in_kolada_u40455 and exit_verified then 1 else 0 end) as n_verified,
    sum(case when counted_code in ('F1', 'F2', 'F4') then 1 else 0 end) as n_left_out_elsewhere,
    sum(case when knowledge = 'unknown' then 1 else 0 end) as n_unknown,
    sum(case when end_date = month_end then 1 else 0 end) as n_at_month_end,
    sum(case when end_date = last_day then 1 else 0 end) as n_at_year_end,
    sum(case when end_date > settled_until then 1 else 0 end) as n_provisional
from exits
group by source, programme, calendar_year
