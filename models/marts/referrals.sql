with

episodes as (

    select * from {{ ref('int_episodes_assembled') }}

),

met as (

    select
        source,
        referral_id,
        min(first_meeting_at) as first_meeting_at
    from {{ ref('int_spells_delivered_last') }}
    group by source, referral_id

),

{# A wait ends with a start or a refusal that was seen; what ends later is still a wait. #}
waited as (

    select
        episodes.*,
        met.first_meeting_at,
        case
            when episodes.start_date <= episodes.observed_until then 'started'
            when
                episodes.decision in ('denied', 'withdrawn')
                and coalesce(episodes.decision_date <= episodes.observed_until, true)
                then episodes.decision
            else 'waiting'
        end as wait_ended_by
    from episodes
    left join met using (source, referral_id)

)

select
    ---------- ids
    episode_id,
    person_id,
    source,
    programme,
    site,

    ---------- what was decided
    referrer,
    legal_basis,
    decision,
    wait_ended_by,

    ---------- dates
    application_at,
    referral_date,
    decision_date,
    first_meeting_at,
    start_date,
    case wait_ended_by
        when 'started' then start_date
        when 'waiting' then observed_until
        else decision_date
    end as waited_until,
    observed_until,

    ---------- lags
    {{ days_between('cast(application_at as date)', 'referral_date') }}
        as days_application_to_referral,
    {{ days_between('referral_date', 'decision_date') }} as days_referral_to_decision,
    {{ days_between('decision_date', 'start_date') }} as days_decision_to_start,
    {{ days_between('referral_date', 'start_date') }} as days_referral_to_start,
    cast(
        {{ dbt.datediff('application_at', 'first_meeting_at', 'minute') }} as {{ dbt.type_int() }}
    ) as minutes_application_to_meeting
from waited
order by episode_id
