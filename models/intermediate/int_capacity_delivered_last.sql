{{ delivered_last('stg_capacity', ['programme', 'site', 'month']) }}
