SELECT visits.id
FROM visits
WHERE (visits.seen_ms < ?
  OR visits.at < ?)
  AND (visits.at < ?
  AND typeof(visits.at) = ?
  AND visits.at >= ?
  AND (substr(visits.at, ?, ?) GLOB ?)
  AND strftime(?, substr(visits.at, ?, ?), ?) = substr(visits.at, ?, ?)
  AND (substr(replace(visits.at, ?, ?), ?) = ?
  OR (substr(replace(visits.at, ?, ?), ?) GLOB ?)
  OR (substr(replace(visits.at, ?, ?), ?) GLOB ?)
  OR (substr(replace(visits.at, ?, ?), ?) GLOB ?)
  OR (substr(replace(visits.at, ?, ?), ?) GLOB ?)
  OR (substr(replace(visits.at, ?, ?), ?) GLOB ?)
  OR (substr(replace(visits.at, ?, ?), ?) GLOB ?))
  OR visits.at < ?
  AND typeof(visits.at) = ?
  AND visits.at >= ?
  AND (substr(visits.at, ?, ?) GLOB ?)
  AND strftime(?, substr(visits.at, ?, ?), ?) = substr(visits.at, ?, ?)
  AND (substr(replace(visits.at, ?, ?), ?) = ?
  OR (substr(replace(visits.at, ?, ?), ?) GLOB ?)
  OR (substr(replace(visits.at, ?, ?), ?) GLOB ?)
  OR (substr(replace(visits.at, ?, ?), ?) GLOB ?)
  OR (substr(replace(visits.at, ?, ?), ?) GLOB ?)
  OR (substr(replace(visits.at, ?, ?), ?) GLOB ?)
  OR (substr(replace(visits.at, ?, ?), ?) GLOB ?))
  AND visits.seen_ms < ?
  AND typeof(visits.seen_ms) = ?
  AND visits.seen_ms BETWEEN ?
  AND ?
  OR visits.seen_ms < ?
  AND typeof(visits.seen_ms) = ?
  AND visits.seen_ms BETWEEN ?
  AND ?)
-- 1748736000000
-- '2024-06-08T00:00:00'
-- '2024-06-01T00:00:00'
-- 'text'
-- '0001-01-01'
-- 1
-- 19
-- '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]'
-- '%Y-%m-%dT%H:%M:%S'
-- 1
-- 19
-- '+0 days'
-- 1
-- 19
-- '+00:00'
-- 'Z'
-- 20
-- 'Z'
-- '+00:00'
-- 'Z'
-- 20
-- '.[0-9]Z'
-- '+00:00'
-- 'Z'
-- 20
-- '.[0-9][0-9]Z'
-- '+00:00'
-- 'Z'
-- 20
-- '.[0-9][0-9][0-9]Z'
-- '+00:00'
-- 'Z'
-- 20
-- '.[0-9][0-9][0-9][0-9]Z'
-- '+00:00'
-- 'Z'
-- 20
-- '.[0-9][0-9][0-9][0-9][0-9]Z'
-- '+00:00'
-- 'Z'
-- 20
-- '.[0-9][0-9][0-9][0-9][0-9][0-9]Z'
-- '2024-06-08T00:00:00'
-- 'text'
-- '0001-01-01'
-- 1
-- 19
-- '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]'
-- '%Y-%m-%dT%H:%M:%S'
-- 1
-- 19
-- '+0 days'
-- 1
-- 19
-- '+00:00'
-- 'Z'
-- 20
-- 'Z'
-- '+00:00'
-- 'Z'
-- 20
-- '.[0-9]Z'
-- '+00:00'
-- 'Z'
-- 20
-- '.[0-9][0-9]Z'
-- '+00:00'
-- 'Z'
-- 20
-- '.[0-9][0-9][0-9]Z'
-- '+00:00'
-- 'Z'
-- 20
-- '.[0-9][0-9][0-9][0-9]Z'
-- '+00:00'
-- 'Z'
-- 20
-- '.[0-9][0-9][0-9][0-9][0-9]Z'
-- '+00:00'
-- 'Z'
-- 20
-- '.[0-9][0-9][0-9][0-9][0-9][0-9]Z'
-- 1748736000000
-- 'integer'
-- -62135596800000
-- 253402300799999
-- 1748736000000
-- 'integer'
-- -62135596800000
-- 253402300799999
