with

listed as (

    select * from {{ ref('int_programme_years_listed') }}

),

people as (

    select * from {{ ref('int_programme_years_of_people') }}

),

exits as (

    select * from {{ ref('int_programme_years_of_exits') }}

)

select
    ---------- ids
    listed.source || ':' || listed.programme || ':'
    || cast(listed.calendar_year as {{ dbt.type_string() }}) as programme_year_id,
    listed.source,
    listed.programme,
    listed.calendar_year,
    listed.is_whole,

    ---------- denominators
    {% for name in ['n_referred', 'n_entrants', 'person_days'] %}
        cast(people.{{ name }} as {{ dbt.type_int() }}) as {{ name }},
    {% endfor %}
    cast(people.person_days * 12 / 365.25 as numeric(9, 1)) as person_months,

    ---------- exits
    {% for name in [
        'n_exits', 'n_work_or_studies', 'n_verified', 'n_left_out_elsewhere', 'n_unknown',
        'n_at_month_end', 'n_at_year_end', 'n_provisional'
    ] %}
        cast(coalesce(exits.{{ name }}, 0) as {{ dbt.type_int() }}) as {{ name }},
    {% endfor %}
    cast(
        round(100.0 * exits.n_work_or_studies / nullif(exits.n_exits, 0), 1) as numeric(4, 1)
    ) as kolada_u40455_pct
from listed
inner join people using (source, programme, calendar_year)
left join exits using (source, programme, calendar_year)
order by programme_year_id
