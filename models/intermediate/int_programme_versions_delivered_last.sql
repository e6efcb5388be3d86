{{ delivered_last('stg_programme_versions', ['source', 'programme', 'site', 'starts_on']) }}
