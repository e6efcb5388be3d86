{{ delivered_last('stg_screenings', ['source', 'person_id', 'asked_on', 'instrument']) }}
