with

episodes as (

    select * from {{ ref('int_episodes_assembled') }}
    where has_started

),

counted as (

    select * from {{ ref('int_exit_codes_counted_by_outcome') }}

),

exit_codes as (

    select * from {{ ref('exit_codes') }}

),

{# An ending without a reason is F5; one before the referral is not this referral's ending. #}
endings as (

    select
        episode_id,
        coalesce(exit_code, 'F5') as exit_code,
        end_date
    from episodes
    where end_date >= referral_date

),

exited as (

    select
        endings.episode_id,
        counted.outcome,
        case when counted.is_counted then endings.end_date end as reached_on,
        case
            when not counted.is_counted and exit_codes.knowledge = 'known' then endings.end_date
        end as settled_on,
        case
            when not counted.is_counted and exit_codes.knowledge = 'unknown' then endings.end_date
        end as unknown_on,
        case
            when not counted.is_counted and exit_codes.knowledge = 'censoring' then endings.end_date
        end as lost_on
    from endings
    inner join counted on endings.exit_code = counted.exit_code
    inner join exit_codes on endings.exit_code = exit_codes.exit_code

)

select * from exited
