{{ delivered_last('stg_activities', ['source', 'spell_id', 'activity', 'start_date']) }}
