with

years as (

    select * from {{ ref('int_programme_years_listed') }}

),

referred as (

    select
        years.source,
        years.programme,
        years.calendar_year,
        count(referrals.referral_id) as n_referred
    from years
    left join {{ ref('int_referrals_delivered_last') }} as referrals
        on
            years.source = referrals.source
            and years.programme = referrals.programme
            and years.first_day <= referrals.referral_date
            and referrals.referral_date <= least(years.last_day, years.covered_until)
    group by years.source, years.programme, years.calendar_year

),

{# Enrolled until the evening before the end, as elsewhere; the day after the last still counts. #}
enrolled as (

    select
        years.source,
        years.programme,
        years.calendar_year,
        case when stretches.start_date >= years.first_day then 1 else 0 end as is_entrant,
        {{ days_between(
            'greatest(stretches.start_date, years.first_day)',
            'least(stretches.end_date, ' ~ days_after(
                'least(years.last_day, years.covered_until)', '1'
            ) ~ ')'
        ) }} as days_counted
    from years
    inner join {{ ref('int_spells_joined_to_episodes') }} as stretches
        on
            years.source = stretches.source
            and years.programme = stretches.programme
            and least(years.last_day, years.covered_until) >= stretches.start_date
            and years.first_day <= coalesce(stretches.end_date, date '9999-12-31')

),

counted as (

    select
        source,
        programme,
        calendar_year,
        sum(is_entrant) as n_entrants,
        sum(days_counted) as person_days
    from enrolled
    group by source, programme, calendar_year

)

select
    referred.source,
    referred.programme,
    referred.calendar_year,
    referred.n_referred,
    coalesce(counted.n_entrants, 0) as n_entrants,
    coalesce(counted.person_days, 0) as person_days
from referred
left join counted using (source, programme, calendar_year)
