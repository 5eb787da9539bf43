SELECT accounts.id
FROM accounts
WHERE ((EXISTS (SELECT 1
FROM memberships AS memberships_1
WHERE accounts.id = memberships_1.account_id))
  OR (EXISTS (SELECT 1
FROM retention_fact__d_t AS retention_fact__d_t_1
WHERE accounts.id = retention_fact__d_t_1.k1
  AND retention_fact__d_t_1.event = ?)))
  AND NOT (EXISTS (SELECT 1
FROM memberships AS memberships_2
WHERE accounts.id = memberships_2.account_id
  AND coalesce(memberships_2.ended_at < ?
  AND typeof(memberships_2.ended_at) = ?
  AND memberships_2.ended_at >= ?
  AND (substr(memberships_2.ended_at, ?, ?) GLOB ?)
  AND strftime(?, substr(memberships_2.ended_at, ?, ?), ?) = substr(memberships_2.ended_at, ?, ?)
  AND (substr(memberships_2.ended_at, ?) = ?
  OR (substr(memberships_2.ended_at, ?) GLOB ?)
  OR (substr(memberships_2.ended_at, ?) GLOB ?)
  OR (substr(memberships_2.ended_at, ?) GLOB ?)
  OR (substr(memberships_2.ended_at, ?) GLOB ?)
  OR (substr(memberships_2.ended_at, ?) GLOB ?)
  OR (substr(memberships_2.ended_at, ?) GLOB ?)), 0) = 0))
  AND NOT (EXISTS (SELECT 1
FROM retention_fact__d_t AS retention_fact__d_t_2
WHERE accounts.id = retention_fact__d_t_2.k1
  AND retention_fact__d_t_2.event = ?
  AND coalesce(retention_fact__d_t_2.ended_datetime < ?
  AND typeof(retention_fact__d_t_2.ended_datetime) = ?
  AND retention_fact__d_t_2.ended_datetime >= ?
  AND (substr(retention_fact__d_t_2.ended_datetime, ?, ?) GLOB ?)
  AND strftime(?, substr(retention_fact__d_t_2.ended_datetime, ?, ?), ?) = substr(retention_fact__d_t_2.ended_datetime, ?, ?)
  AND (substr(retention_fact__d_t_2.ended_datetime, ?) = ?
  OR (substr(retention_fact__d_t_2.ended_datetime, ?) GLOB ?)
  OR (substr(retention_fact__d_t_2.ended_datetime, ?) GLOB ?)
  OR (substr(retention_fact__d_t_2.ended_datetime, ?) GLOB ?)
  OR (substr(retention_fact__d_t_2.ended_datetime, ?) GLOB ?)
  OR (substr(retention_fact__d_t_2.ended_datetime, ?) GLOB ?)
  OR (substr(retention_fact__d_t_2.ended_datetime, ?) GLOB ?)), 0) = 0))
  AND ((EXISTS (SELECT 1
FROM memberships AS memberships_3
WHERE accounts.id = memberships_3.account_id))
  OR (EXISTS (SELECT 1
FROM retention_fact__d_t AS retention_fact__d_t_3
WHERE accounts.id = retention_fact__d_t_3.k1
  AND retention_fact__d_t_3.event = ?)))
  AND NOT (EXISTS (SELECT 1
FROM memberships AS memberships_4
WHERE accounts.id = memberships_4.account_id
  AND coalesce(memberships_4.ended_at < ?
  AND typeof(memberships_4.ended_at) = ?
  AND memberships_4.ended_at >= ?
  AND (substr(memberships_4.ended_at, ?, ?) GLOB ?)
  AND strftime(?, substr(memberships_4.ended_at, ?, ?), ?) = substr(memberships_4.ended_at, ?, ?)
  AND (substr(memberships_4.ended_at, ?) = ?
  OR (substr(memberships_4.ended_at, ?) GLOB ?)
  OR (substr(memberships_4.ended_at, ?) GLOB ?)
  OR (substr(memberships_4.ended_at, ?) GLOB ?)
  OR (substr(memberships_4.ended_at, ?) GLOB ?)
  OR (substr(memberships_4.ended_at, ?) GLOB ?)
  OR (substr(memberships_4.ended_at, ?) GLOB ?)), 0) = 0))
  AND NOT (EXISTS (SELECT 1
FROM retention_fact__d_t AS retention_fact__d_t_4
WHERE accounts.id = retention_fact__d_t_4.k1
  AND retention_fact__d_t_4.event = ?
  AND coalesce(retention_fact__d_t_4.ended_datetime < ?
  AND typeof(retention_fact__d_t_4.ended_datetime) = ?
  AND retention_fact__d_t_4.ended_datetime >= ?
  AND (substr(retention_fact__d_t_4.ended_datetime, ?, ?) GLOB ?)
  AND strftime(?, substr(retention_fact__d_t_4.ended_datetime, ?, ?), ?) = substr(retention_fact__d_t_4.ended_datetime, ?, ?)
  AND (substr(retention_fact__d_t_4.ended_datetime, ?) = ?
  OR (substr(retention_fact__d_t_4.ended_datetime, ?) GLOB ?)
  OR (substr(retention_fact__d_t_4.ended_datetime, ?) GLOB ?)
  OR (substr(retention_fact__d_t_4.ended_datetime, ?) GLOB ?)
  OR (substr(retention_fact__d_t_4.ended_datetime, ?) GLOB ?)
  OR (substr(retention_fact__d_t_4.ended_datetime, ?) GLOB ?)
  OR (substr(retention_fact__d_t_4.ended_datetime, ?) GLOB ?)), 0) = 0))
  AND NOT ((EXISTS (SELECT 1
FROM retention_hold
WHERE retention_hold.kind = ?
  AND retention_hold.subject_key = CAST(accounts.id AS VARCHAR)))
  OR CAST(accounts.id AS VARCHAR) IS NULL
  AND (EXISTS (SELECT 1
FROM retention_hold
WHERE retention_hold.kind = ?)))
-- 'memberships.ended_at where account_id = id'
-- '2025-07-01 00:00:00'
-- 'text'
-- '0001-01-01'
-- 1
-- 19
-- '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]'
-- '%Y-%m-%d %H:%M:%S'
-- 1
-- 19
-- '+0 days'
-- 1
-- 19
-- 20
-- ''
-- 20
-- '.[0-9]'
-- 20
-- '.[0-9][0-9]'
-- 20
-- '.[0-9][0-9][0-9]'
-- 20
-- '.[0-9][0-9][0-9][0-9]'
-- 20
-- '.[0-9][0-9][0-9][0-9][0-9]'
-- 20
-- '.[0-9][0-9][0-9][0-9][0-9][0-9]'
-- 'memberships.ended_at where account_id = id'
-- '2025-07-01 00:00:00'
-- 'text'
-- '0001-01-01'
-- 1
-- 19
-- '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]'
-- '%Y-%m-%d %H:%M:%S'
-- 1
-- 19
-- '+0 days'
-- 1
-- 19
-- 20
-- ''
-- 20
-- '.[0-9]'
-- 20
-- '.[0-9][0-9]'
-- 20
-- '.[0-9][0-9][0-9]'
-- 20
-- '.[0-9][0-9][0-9][0-9]'
-- 20
-- '.[0-9][0-9][0-9][0-9][0-9]'
-- 20
-- '.[0-9][0-9][0-9][0-9][0-9][0-9]'
-- 'memberships.ended_at where account_id = id'
-- '2026-01-01 00:00:00'
-- 'text'
-- '0001-01-01'
-- 1
-- 19
-- '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]'
-- '%Y-%m-%d %H:%M:%S'
-- 1
-- 19
-- '+0 days'
-- 1
-- 19
-- 20
-- ''
-- 20
-- '.[0-9]'
-- 20
-- '.[0-9][0-9]'
-- 20
-- '.[0-9][0-9][0-9]'
-- 20
-- '.[0-9][0-9][0-9][0-9]'
-- 20
-- '.[0-9][0-9][0-9][0-9][0-9]'
-- 20
-- '.[0-9][0-9][0-9][0-9][0-9][0-9]'
-- 'memberships.ended_at where account_id = id'
-- '2026-01-01 00:00:00'
-- 'text'
-- '0001-01-01'
-- 1
-- 19
-- '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]'
-- '%Y-%m-%d %H:%M:%S'
-- 1
-- 19
-- '+0 days'
-- 1
-- 19
-- 20
-- ''
-- 20
-- '.[0-9]'
-- 20
-- '.[0-9][0-9]'
-- 20
-- '.[0-9][0-9][0-9]'
-- 20
-- '.[0-9][0-9][0-9][0-9]'
-- 20
-- '.[0-9][0-9][0-9][0-9][0-9]'
-- 20
-- '.[0-9][0-9][0-9][0-9][0-9][0-9]'
-- 'customer'
-- 'customer'
