with

activities as (

    select * from {{ ref('int_activities_delivered_last') }}

),

spells as (

    select * from {{ ref('int_spells_delivered_last') }}

),

{#
    Whoever is employed with a subsidy in a workplace made for the programme holds a key function:
    counted as employed or as still there, it decides whether people get stuck.
#}
placed as (

    select
        activities.*,
        spells.referral_id,
        spells.programme,
        spells.site,
        case
            when activities.activity = 'regular' then 'regular_work'
            when activities.activity = 'sheltered' then 'sheltered'
            when activities.activity = 'subsidised' or activities.subsidy is not null
                then
                    case activities.workplace_kind
                        when 'regular' then 'subsidised_regular'
                        when 'constructed' then 'key_function'
                        else 'subsidised_elsewhere'
                    end
            when activities.activity in ('training_place', 'practice') then activities.activity
            else 'other'
        end as state
    from activities
    inner join spells
        on
            activities.source = spells.source
            and activities.spell_id = spells.spell_id

),

in_order as (

    select
        placed.*,
        row_number() over steps as step,
        lead(placed.state) over steps as next_state
    from placed
    window steps as (
        partition by placed.source, placed.spell_id
        order by placed.start_date, placed.activity
    )

)

select
    source || ':' || spell_id || ':' || cast(step as {{ dbt.type_string() }}) as activity_id,
    source || ':' || referral_id as episode_id,
    person_id,
    programme,
    site,
    cast(step as {{ dbt.type_int() }}) as step,
    activity,
    workplace_kind,
    subsidy,
    state,
    state not in ('training_place', 'practice', 'other') as is_employed,
    next_state,
    start_date,
    end_date,
    {{ days_between('start_date', 'end_date') }} as days_lasted
from in_order
order by activity_id
