with

handovers as (

    select * from {{ ref('int_handovers_delivered_last') }}

),

covered as (

    select * from {{ ref('int_sources_covered') }}

)

{# Time to the answer of those answered alone leaves out whoever still waits: the slowest. #}
select
    handovers.source || ':' || handovers.person_id || ':' || handovers.authority
    || ':' || cast(handovers.sent_date as {{ dbt.type_string() }}) as handover_id,
    handovers.person_id,
    handovers.source,
    handovers.authority,
    handovers.sent_date,
    handovers.answered_date,
    coalesce(handovers.answered_date > covered.covered_until, true) as is_open,
    {{ days_between(
        'handovers.sent_date', 'least(handovers.answered_date, covered.covered_until)'
    ) }} as days_open,
    handovers.employer_offer,
    handovers.offer_withdrawn,
    covered.covered_until as observed_until
from handovers
inner join covered using (source)
order by handover_id
