{{ delivered_last('stg_flat_values', ['unit_id', 'column_name']) }}
