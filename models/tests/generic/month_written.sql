{# A month reads 'YYYY-MM'. #}
{% test month_written(model, column_name) %}
select {{ column_name }}
from {{ model }}
where
    length({{ column_name }}) != 7
    or substring({{ column_name }}, 5, 1) != '-'
    or substring({{ column_name }}, 6, 2) not between '01' and '12'
{% endtest %}
