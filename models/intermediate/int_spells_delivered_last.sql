{{ delivered_last('stg_spells', ['source', 'spell_id']) }}
