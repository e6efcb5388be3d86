with

months_listed as (

    select * from {{ ref('int_programme_months_listed') }}

),

{# A measurement break or a new rule changes the numbers, not what the programme could do. #}
disruptions as (

    select * from {{ ref('stg_events') }}
    where kind in ('capacity', 'step_closed')

),

{# Both days included, as protocols and analysis read them: one shared day touches the month. #}
disrupted as (

    select
        months_listed.programme,
        months_listed.site,
        months_listed.month,
        min(
            case when disruptions.kind = 'capacity' then coalesce(disruptions.capacity_share, 1) end
        ) as capacity_share
    from months_listed
    inner join disruptions
        on
            months_listed.programme = coalesce(disruptions.programme, months_listed.programme)
            and months_listed.site = coalesce(disruptions.site, months_listed.site)
            and months_listed.month_end >= disruptions.starts_on
            and months_listed.month_start <= coalesce(disruptions.ends_on, date '9999-12-31')
    group by months_listed.programme, months_listed.site, months_listed.month

)

select * from disrupted
