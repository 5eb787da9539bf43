SELECT accounts.id
FROM accounts
WHERE ((EXISTS (SELECT 1
FROM memberships AS memberships_1
WHERE accounts.id = memberships_1.account_id))
  OR (EXISTS (SELECT 1
FROM retention.fact__d_t AS fact__d_t_1
WHERE accounts.id = fact__d_t_1.k1
  AND fact__d_t_1.event = %(event_1)s::VARCHAR)))
  AND NOT (EXISTS (SELECT 1
FROM memberships AS memberships_2
WHERE accounts.id = memberships_2.account_id
  AND NOT coalesce(memberships_2.ended_at < %(ended_at_1)s::TIMESTAMP WITH TIME ZONE
  AND memberships_2.ended_at BETWEEN %(ended_at_2)s::TIMESTAMP WITH TIME ZONE
  AND %(ended_at_3)s::TIMESTAMP WITH TIME ZONE, false)))
  AND NOT (EXISTS (SELECT 1
FROM retention.fact__d_t AS fact__d_t_2
WHERE accounts.id = fact__d_t_2.k1
  AND fact__d_t_2.event = %(event_2)s::VARCHAR
  AND NOT coalesce(fact__d_t_2.ended_instant < %(ended_instant_1)s::TIMESTAMP WITH TIME ZONE
  AND fact__d_t_2.ended_instant BETWEEN %(ended_instant_2)s::TIMESTAMP WITH TIME ZONE
  AND %(ended_instant_3)s::TIMESTAMP WITH TIME ZONE, false)))
  AND ((EXISTS (SELECT 1
FROM memberships AS memberships_3
WHERE accounts.id = memberships_3.account_id))
  OR (EXISTS (SELECT 1
FROM retention.fact__d_t AS fact__d_t_3
WHERE accounts.id = fact__d_t_3.k1
  AND fact__d_t_3.event = %(event_3)s::VARCHAR)))
  AND NOT (EXISTS (SELECT 1
FROM memberships AS memberships_4
WHERE accounts.id = memberships_4.account_id
  AND NOT coalesce(memberships_4.ended_at < %(ended_at_4)s::TIMESTAMP WITH TIME ZONE
  AND memberships_4.ended_at BETWEEN %(ended_at_5)s::TIMESTAMP WITH TIME ZONE
  AND %(ended_at_6)s::TIMESTAMP WITH TIME ZONE, false)))
  AND NOT (EXISTS (SELECT 1
FROM retention.fact__d_t AS fact__d_t_4
WHERE accounts.id = fact__d_t_4.k1
  AND fact__d_t_4.event = %(event_4)s::VARCHAR
  AND NOT coalesce(fact__d_t_4.ended_instant < %(ended_instant_4)s::TIMESTAMP WITH TIME ZONE
  AND fact__d_t_4.ended_instant BETWEEN %(ended_instant_5)s::TIMESTAMP WITH TIME ZONE
  AND %(ended_instant_6)s::TIMESTAMP WITH TIME ZONE, false)))
  AND NOT ((EXISTS (SELECT 1
FROM retention.hold
WHERE retention.hold.kind = %(param_1)s::VARCHAR
  AND retention.hold.subject_key = CAST(accounts.id AS TEXT)))
  OR CAST(accounts.id AS TEXT) IS NULL
  AND (EXISTS (SELECT 1
FROM retention.hold
WHERE retention.hold.kind = %(param_2)s::VARCHAR)))
-- 'memberships.ended_at where account_id = id'
-- datetime.datetime(2025, 7, 1, 7, 0, tzinfo=datetime.timezone.utc)
-- datetime.datetime(1, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
-- datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.timezone.utc)
-- 'memberships.ended_at where account_id = id'
-- datetime.datetime(2025, 7, 1, 7, 0, tzinfo=datetime.timezone.utc)
-- datetime.datetime(1, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
-- datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.timezone.utc)
-- 'memberships.ended_at where account_id = id'
-- datetime.datetime(2026, 1, 1, 8, 0, tzinfo=datetime.timezone.utc)
-- datetime.datetime(1, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
-- datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.timezone.utc)
-- 'memberships.ended_at where account_id = id'
-- datetime.datetime(2026, 1, 1, 8, 0, tzinfo=datetime.timezone.utc)
-- datetime.datetime(1, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
-- datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=datetime.timezone.utc)
-- 'customer'
-- 'customer'
