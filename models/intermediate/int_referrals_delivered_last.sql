{{ delivered_last('stg_referrals', ['source', 'referral_id']) }}
