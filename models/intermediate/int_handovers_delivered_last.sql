{{ delivered_last('stg_handovers', ['source', 'person_id', 'authority', 'sent_date']) }}
