with

sites as (

    select distinct
        programme,
        site,
        {{ folded('municipality') }} as municipality
    from {{ ref('stg_sites') }}

),

counted as (

    select
        programme,
        municipality,
        count(distinct site) as n_sites
    from sites
    group by programme, municipality

),

ranked as (

    select
        programme,
        municipality,
        row_number() over (
            partition by programme
            order by n_sites desc, municipality asc
        ) as rank_from_most
    from counted

)

select
    programme,
    municipality
from ranked
where rank_from_most = 1
