{% set starts %}
select * from {{ ref('int_exits_to_work_or_studies') }}
{% endset %}
{{ followed_months(starts, 'end_date', 12) }}
