{% set starts %}
select * from {{ ref('int_episodes_assembled') }}
{% endset %}
{{ followed_months(starts, 'referral_date', var('assistance_months_on')) }}
