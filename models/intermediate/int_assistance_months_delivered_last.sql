{{ delivered_last('stg_assistance_months', ['source', 'person_id', 'household_id', 'month']) }}
