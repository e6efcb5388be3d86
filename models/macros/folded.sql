{# Names are compared without case and without å ä ö: sources are ASCII slugs, registers are not. #}
{% macro folded(name) -%}
    replace(replace(replace(lower(trim({{ name }})), 'å', 'a'), 'ä', 'a'), 'ö', 'o')
{%- endmacro %}
