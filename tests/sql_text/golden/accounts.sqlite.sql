SELECT accounts.id
FROM accounts
WHERE (EXISTS (SELECT 1
FROM memberships AS memberships_1
WHERE accounts.id = memberships_1.account_id))
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
  AND (EXISTS (SELECT 1
FROM memberships AS memberships_3
WHERE accounts.id = memberships_3.account_id))
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
  AND NOT ((EXISTS (SELECT 1
FROM retention_hold
WHERE retention_hold.kind = ?
  AND retention_hold.subject_key = CAST(accounts.id AS VARCHAR)))
  OR CAST(accounts.id AS VARCHAR) IS NULL
  AND (EXISTS (SELECT 1
FROM retention_hold
WHERE retention_hold.kind = ?)))
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
