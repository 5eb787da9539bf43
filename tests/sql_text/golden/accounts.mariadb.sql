SELECT accounts.id
FROM accounts
WHERE ((EXISTS (SELECT 1
FROM memberships AS memberships_1
WHERE accounts.id = memberships_1.account_id))
  OR (EXISTS (SELECT 1
FROM shop_retention.fact__d_t AS fact__d_t_1
WHERE accounts.id = fact__d_t_1.k1
  AND fact__d_t_1.event = %s)))
  AND NOT (EXISTS (SELECT 1
FROM memberships AS memberships_2
WHERE accounts.id = memberships_2.account_id
  AND coalesce(memberships_2.ended_at < %s
  AND memberships_2.ended_at BETWEEN %s
  AND %s
  AND month(memberships_2.ended_at) > %s
  AND dayofmonth(memberships_2.ended_at) > %s
  AND dayofmonth(memberships_2.ended_at) <= dayofmonth(last_day(memberships_2.ended_at)), false) = 0))
  AND NOT (EXISTS (SELECT 1
FROM shop_retention.fact__d_t AS fact__d_t_2
WHERE accounts.id = fact__d_t_2.k1
  AND fact__d_t_2.event = %s
  AND coalesce(fact__d_t_2.ended_instant < %s
  AND fact__d_t_2.ended_instant BETWEEN %s
  AND %s
  AND month(fact__d_t_2.ended_instant) > %s
  AND dayofmonth(fact__d_t_2.ended_instant) > %s
  AND dayofmonth(fact__d_t_2.ended_instant) <= dayofmonth(last_day(fact__d_t_2.ended_instant)), false) = 0))
  AND ((EXISTS (SELECT 1
FROM memberships AS memberships_3
WHERE accounts.id = memberships_3.account_id))
  OR (EXISTS (SELECT 1
FROM shop_retention.fact__d_t AS fact__d_t_3
WHERE accounts.id = fact__d_t_3.k1
  AND fact__d_t_3.event = %s)))
  AND NOT (EXISTS (SELECT 1
FROM memberships AS memberships_4
WHERE accounts.id = memberships_4.account_id
  AND coalesce(memberships_4.ended_at < %s
  AND memberships_4.ended_at BETWEEN %s
  AND %s
  AND month(memberships_4.ended_at) > %s
  AND dayofmonth(memberships_4.ended_at) > %s
  AND dayofmonth(memberships_4.ended_at) <= dayofmonth(last_day(memberships_4.ended_at)), false) = 0))
  AND NOT (EXISTS (SELECT 1
FROM shop_retention.fact__d_t AS fact__d_t_4
WHERE accounts.id = fact__d_t_4.k1
  AND fact__d_t_4.event = %s
  AND coalesce(fact__d_t_4.ended_instant < %s
  AND fact__d_t_4.ended_instant BETWEEN %s
  AND %s
  AND month(fact__d_t_4.ended_instant) > %s
  AND dayofmonth(fact__d_t_4.ended_instant) > %s
  AND dayofmonth(fact__d_t_4.ended_instant) <= dayofmonth(last_day(fact__d_t_4.ended_instant)), false) = 0))
  AND NOT ((EXISTS (SELECT 1
FROM shop_retention.hold
WHERE shop_retention.hold.kind = %s
  AND shop_retention.hold.subject_key = (convert(CAST(accounts.id AS CHAR) USING utf8mb4) COLLATE utf8mb4_nopad_bin)))
  OR (convert(CAST(accounts.id AS CHAR) USING utf8mb4) COLLATE utf8mb4_nopad_bin) IS NULL
  AND (EXISTS (SELECT 1
FROM shop_retention.hold
WHERE shop_retention.hold.kind = %s)))
-- 'memberships.ended_at where account_id = id'
-- datetime.datetime(2025, 7, 1, 7, 0, tzinfo=datetime.timezone.utc)
-- datetime.datetime(1, 1, 1, 0, 0)
-- datetime.datetime(9999, 12, 31, 23, 59, 59, 999999)
-- 0
-- 0
-- 'memberships.ended_at where account_id = id'
-- datetime.datetime(2025, 7, 1, 7, 0, tzinfo=datetime.timezone.utc)
-- datetime.datetime(1, 1, 1, 0, 0)
-- datetime.datetime(9999, 12, 31, 23, 59, 59, 999999)
-- 0
-- 0
-- 'memberships.ended_at where account_id = id'
-- datetime.datetime(2026, 1, 1, 8, 0, tzinfo=datetime.timezone.utc)
-- datetime.datetime(1, 1, 1, 0, 0)
-- datetime.datetime(9999, 12, 31, 23, 59, 59, 999999)
-- 0
-- 0
-- 'memberships.ended_at where account_id = id'
-- datetime.datetime(2026, 1, 1, 8, 0, tzinfo=datetime.timezone.utc)
-- datetime.datetime(1, 1, 1, 0, 0)
-- datetime.datetime(9999, 12, 31, 23, 59, 59, 999999)
-- 0
-- 0
-- 'customer'
-- 'customer'
