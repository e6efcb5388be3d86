with

spells as (

    select * from {{ ref('int_spells_delivered_last') }}

),

{# The latest end so far, not the previous row's: a short spell inside a long one is no gap. #}
spells_with_earlier_end as (

    select
        spells.*,
        max(coalesce(spells.end_date, date '9999-12-31')) over (
            partition by spells.source, spells.referral_id
            order by spells.start_date, spells.spell_id
            rows between unbounded preceding and 1 preceding
        ) as ended_before
    from spells

),

spells_in_stretches as (

    select
        spells.*,
        sum(
            case
                when spells.ended_before is null then 1
                when
                    {{ dbt.datediff('spells.ended_before', 'spells.start_date', 'day') }}
                    > {{ var('join_gap_days') }} then 1
                else 0
            end
        ) over (
            partition by spells.source, spells.referral_id
            order by spells.start_date, spells.spell_id
            rows between unbounded preceding and current row
        ) as stretch
    from spells_with_earlier_end as spells

),

{# Who ended last decides how the stretch ended; an open spell has not ended. #}
spells_from_first_and_last as (

    select
        spells.*,
        row_number() over (
            partition by spells.source, spells.referral_id, spells.stretch
            order by spells.start_date, spells.spell_id
        ) as rank_from_first,
        row_number() over (
            partition by spells.source, spells.referral_id, spells.stretch
            order by
                coalesce(spells.end_date, date '9999-12-31') desc,
                spells.start_date desc,
                spells.spell_id desc
        ) as rank_from_last
    from spells_in_stretches as spells

)

select
    source,
    referral_id,
    cast(stretch as {{ dbt.type_int() }}) as stretch,
    max(case when rank_from_first = 1 then programme end) as programme,
    max(case when rank_from_first = 1 then site end) as site,
    min(start_date) as start_date,
    max(case when rank_from_last = 1 then end_date end) as end_date,
    max(case when rank_from_last = 1 and end_date is not null then exit_code end) as exit_code,
    max(case when rank_from_last = 1 and end_date is not null and exit_verified then 1 else 0 end)
    = 1 as exit_verified
from spells_from_first_and_last
group by source, referral_id, stretch
