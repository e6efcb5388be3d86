{{ delivered_last('stg_costs', ['source', 'programme', 'item', 'payer', 'cost_year']) }}
