with

listed as (

    select * from {{ ref('int_programme_months_listed') }}

),

referrals as (

    select * from {{ ref('int_referrals_delivered_last') }}

),

stretches as (

    select
        stretches.*,
        coalesce(exit_codes.counts_in_kolada_u40455, false) as is_work_or_studies
    from {{ ref('int_spells_joined_to_episodes') }} as stretches
    left join {{ ref('exit_codes') }} as exit_codes
        on stretches.exit_code = exit_codes.exit_code

),

referred as (

    select
        programme,
        site,
        {{ month_of('referral_date') }} as month,
        count(*) as n_referred
    from referrals
    group by programme, site, month

),

{# Enrolled until the evening before the end: who ends on the last day is not counted there. #}
enrolled as (

    select
        listed.programme,
        listed.site,
        listed.month,
        sum(case when stretches.start_date >= listed.month_start then 1 else 0 end) as n_started,
        sum(
            case when coalesce(stretches.end_date > listed.month_end, true) then 1 else 0 end
        ) as n_enrolled,
        sum(case when stretches.end_date <= listed.month_end then 1 else 0 end) as n_exits,
        sum(
            case
                when stretches.end_date <= listed.month_end and stretches.is_work_or_studies then 1
                else 0
            end
        ) as n_exits_work_or_studies
    from listed
    inner join stretches
        on
            listed.programme = stretches.programme
            and listed.site = stretches.site
            and listed.month_end >= stretches.start_date
            and listed.month_start <= coalesce(stretches.end_date, date '9999-12-31')
    group by listed.programme, listed.site, listed.month

)

select
    listed.programme,
    listed.site,
    listed.month,
    coalesce(referred.n_referred, 0) as n_referred,
    coalesce(enrolled.n_started, 0) as n_started,
    coalesce(enrolled.n_enrolled, 0) as n_enrolled,
    coalesce(enrolled.n_exits, 0) as n_exits,
    coalesce(enrolled.n_exits_work_or_studies, 0) as n_exits_work_or_studies
from listed
left join referred using (programme, site, month)
left join enrolled using (programme, site, month)
where listed.is_covered
