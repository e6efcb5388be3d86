{{ delivered_last('stg_labour_market', ['municipality', 'month']) }}
