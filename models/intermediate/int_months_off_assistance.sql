with

months as (

    select * from {{ ref('int_months_after_referral') }}

),

{# Each month that breaks a row opens a block; the months after it are counted within. #}
blocks as (

    select
        months.*,
        sum(case when months.is_seen and not months.had_assistance then 0 else 1 end) over (
            partition by months.episode_id
            order by months.month_number
            rows between unbounded preceding and current row
        ) as block
    from months

)

select
    episode_id,
    month_number,
    month_end,
    is_seen,
    cast(
        sum(case when is_seen and not had_assistance then 1 else 0 end)
            over (
                partition by episode_id, block
                order by month_number
                rows between unbounded preceding and current row
            )
        as {{ dbt.type_int() }}
    ) as months_in_a_row
from blocks
