{#
    Calendar months after the one that a day lies in, each with whether it was seen whole and
    whether assistance was paid. No row is not a month without assistance unless it is seen.
#}
{% macro followed_months(starts, day, months) -%}
with

starts as (

    {{ starts }}

),

months_on as (

    {{ dbt.generate_series(months) }}

),

listed as (

    select
        starts.episode_id,
        starts.source,
        starts.person_id,
        starts.observed_until,
        cast(months_on.generated_number as {{ dbt.type_int() }}) as month_number,
        {{ months_after(first_day_of(month_of('starts.' ~ day)), 'months_on.generated_number') }}
            as month_start
    from starts
    cross join months_on

),

dated as (

    select
        listed.*,
        {{ month_of('listed.month_start') }} as month,
        {{ dbt.last_day('listed.month_start', 'month') }} as month_end
    from listed

)

select
    dated.episode_id,
    dated.month_number,
    dated.month,
    dated.month_end,
    declared.month is not null and dated.month_end <= dated.observed_until as is_seen,
    assisted.month is not null as had_assistance
from dated
left join {{ ref('int_assistance_months_declared') }} as declared
    on
        dated.source = declared.source
        and dated.month = declared.month
left join {{ ref('int_months_with_assistance') }} as assisted
    on
        dated.person_id = assisted.person_id
        and dated.month = assisted.month
{%- endmacro %}
