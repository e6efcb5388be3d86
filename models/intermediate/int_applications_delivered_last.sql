{{ delivered_last('stg_applications', ['source', 'person_id', 'applied_on']) }}
