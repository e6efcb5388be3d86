with

spells as (

    select * from {{ ref('int_spells_delivered_last') }}

),

covered as (

    select * from {{ ref('int_sources_covered') }}

),

exit_codes as (

    select * from {{ ref('exit_codes') }}

),

overlapping as (

    select * from {{ ref('int_spells_overlapping') }}

),

dated as (

    select
        spells.*,
        covered.covered_until,
        case when spells.end_date <= covered.covered_until then spells.end_date end as ended_on
    from spells
    inner join covered using (source)

)

select
    dated.source || ':' || dated.spell_id as enrolment_id,
    dated.source || ':' || dated.referral_id as episode_id,
    dated.person_id,
    dated.source,
    dated.programme,
    dated.site,
    dated.caseworker_id,
    dated.start_date,
    dated.ended_on,
    case when dated.ended_on is not null then coalesce(dated.exit_code, 'F5') end as exit_code,
    coalesce(exit_codes.counts_in_kolada_u40455, false) as counts_in_kolada_u40455,
    coalesce(dated.exit_verified and dated.ended_on is not null, false) as exit_verified,
    {{ days_between('dated.start_date', 'coalesce(dated.ended_on, dated.covered_until)') }}
        as days_enrolled,
    coalesce(overlapping.in_other_programme, false) as overlaps_other_programme,
    coalesce(overlapping.in_same_programme, false) as overlaps_same_programme,
    {# Exits of the last months may still change reason, or not have been reported yet. #}
    coalesce(
        dated.ended_on
        > {{ months_after('dated.covered_until', '-' ~ var('reporting_lag_months')) }},
        false
    ) as exit_is_provisional,
    coalesce(dated.ended_on = {{ dbt.last_day('dated.ended_on', 'month') }}, false)
        as ended_at_month_end,
    coalesce(
        extract(month from dated.ended_on) = 12 and extract(day from dated.ended_on) = 31, false
    ) as ended_at_year_end
from dated
left join overlapping using (source, spell_id)
left join exit_codes
    on
        dated.ended_on is not null
        and coalesce(dated.exit_code, 'F5') = exit_codes.exit_code
order by enrolment_id
