{{ delivered_last('stg_attendance_months', ['source', 'spell_id', 'month']) }}
