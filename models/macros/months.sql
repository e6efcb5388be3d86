{# A month is written 'YYYY-MM', as the deliveries do; a date stands for the month it lies in. #}
{% macro month_of(date) -%}
    cast(extract(year from {{ date }}) as {{ dbt.type_string() }})
    || '-'
    || lpad(cast(extract(month from {{ date }}) as {{ dbt.type_string() }}), 2, '0')
{%- endmacro %}

{% macro first_day_of(month) -%}
    cast({{ month }} || '-01' as date)
{%- endmacro %}

{% macro days_after(date, days) -%}
    cast({{ dbt.dateadd('day', days, date) }} as date)
{%- endmacro %}

{% macro months_after(date, months) -%}
    cast({{ dbt.dateadd('month', months, date) }} as date)
{%- endmacro %}

{% macro days_between(first, last) -%}
    cast({{ dbt.datediff(first, last, 'day') }} as {{ dbt.type_int() }})
{%- endmacro %}
