with

events as (

    select * from {{ ref('stg_events') }}

)

select
    ---------- ids
    disruption_id,
    kind,
    programme,
    site,

    ---------- dates
    starts_on,
    ends_on,

    ---------- what it did, and how we know
    capacity_share,
    label_sv,
    label_en,
    source,
    evidence_grade
from events
order by disruption_id
