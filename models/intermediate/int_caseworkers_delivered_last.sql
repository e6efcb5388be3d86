{{ delivered_last('stg_caseworkers', ['source', 'caseworker_id', 'month', 'site']) }}
