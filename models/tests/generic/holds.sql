{# A statement that is true of each row; a row about which it is silent passes. #}
{% test holds(model, that, column_name=none) %}
select 1 as broken
from {{ model }}
where not ({{ that }})
{% endtest %}
