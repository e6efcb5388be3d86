{# Folder is schema: a model in marts/ lives in the schema marts, whatever the target is called. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ node.original_file_path.replace('\\', '/').split('/')[0] }}
{%- endmacro %}
