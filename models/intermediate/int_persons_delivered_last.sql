{{ delivered_last('stg_persons', ['person_id']) }}
