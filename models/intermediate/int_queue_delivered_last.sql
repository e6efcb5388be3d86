{{ delivered_last('stg_queue', ['source', 'person_id', 'activity', 'queued_on']) }}
