with

referrals as (

    select * from {{ ref('int_referrals_delivered_last') }}

),

persons as (

    select
        person_id,
        source,
        {{ folded('municipality') }} as municipality
    from {{ ref('int_persons_delivered_last') }}

),

sites as (

    select
        programme,
        site,
        min({{ folded('municipality') }}) as municipality
    from {{ ref('stg_sites') }}
    group by programme, site

),

programmes as (

    select * from {{ ref('int_programme_municipalities') }}

),

{# A source is named after its municipality, or after its system; then nobody lives there. #}
municipal_sources as (

    select distinct source
    from persons
    where municipality = {{ folded('source') }}

),

recognised as (

    select
        referrals.source,
        referrals.referral_id,
        persons.municipality
        = coalesce(
            sites.municipality,
            programmes.municipality,
            {{ folded('municipal_sources.source') }}
        ) as is_resident
    from referrals
    left join persons on referrals.person_id = persons.person_id
    left join sites
        on
            referrals.programme = sites.programme
            and referrals.site = sites.site
    left join programmes on referrals.programme = programmes.programme
    left join municipal_sources on referrals.source = municipal_sources.source

)

select * from recognised
