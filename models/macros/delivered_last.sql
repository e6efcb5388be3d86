{# A later delivery repeats what an earlier one said, and corrects it: the last word counts. #}
{% macro delivered_last(staged, key) -%}
with

delivered as (

    select * from {{ ref(staged) }}

),

deliveries as (

    select * from {{ ref('stg_deliveries') }}

),

ranked as (

    select
        delivered.*,
        row_number() over (
            partition by {% for column in key %}delivered.{{ column }}{{ ", " if not loop.last }}{% endfor %}
            order by
                deliveries.extracted_on desc,
                delivered.delivery desc,
                delivered.source asc,
                delivered.source_row desc
        ) as rank_from_last_delivery
    from delivered
    inner join deliveries
        on
            delivered.source = deliveries.source
            and delivered.delivery = deliveries.delivery

)

select * from ranked
where rank_from_last_delivery = 1
{%- endmacro %}
