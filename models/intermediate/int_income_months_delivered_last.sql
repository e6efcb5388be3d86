{{ delivered_last('stg_income_months', ['source', 'person_id', 'month', 'income_source']) }}
