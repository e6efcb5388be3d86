{# Rows are never lost: as many rows here as the model counted against promises. #}
{% test keeps_every_row_of(model, other, times=1) %}
select counted.n
from (select count(*) as n from {{ model }}) as counted
cross join (select count(*) as n from {{ other }}) as promised
where counted.n != promised.n * {{ times }}
{% endtest %}
