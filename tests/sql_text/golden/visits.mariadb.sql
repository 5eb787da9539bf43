SELECT visits.id
FROM visits
WHERE (visits.seen_ms < %s
  OR (convert(visits.at USING utf8mb4) COLLATE utf8mb4_nopad_bin) < %s)
  AND ((convert(visits.at USING utf8mb4) COLLATE utf8mb4_nopad_bin) < %s
  AND (convert(visits.at USING utf8mb4) COLLATE utf8mb4_nopad_bin) REGEXP %s
  AND (convert(visits.at USING utf8mb4) COLLATE utf8mb4_nopad_bin) NOT REGEXP %s
  AND ((convert(visits.at USING utf8mb4) COLLATE utf8mb4_nopad_bin) NOT REGEXP %s
  OR (convert(visits.at USING utf8mb4) COLLATE utf8mb4_nopad_bin) REGEXP %s)
  OR (convert(visits.at USING utf8mb4) COLLATE utf8mb4_nopad_bin) < %s
  AND (convert(visits.at USING utf8mb4) COLLATE utf8mb4_nopad_bin) REGEXP %s
  AND (convert(visits.at USING utf8mb4) COLLATE utf8mb4_nopad_bin) NOT REGEXP %s
  AND ((convert(visits.at USING utf8mb4) COLLATE utf8mb4_nopad_bin) NOT REGEXP %s
  OR (convert(visits.at USING utf8mb4) COLLATE utf8mb4_nopad_bin) REGEXP %s)
  AND visits.seen_ms < %s
  AND visits.seen_ms BETWEEN %s
  AND %s
  OR visits.seen_ms < %s
  AND visits.seen_ms BETWEEN %s
  AND %s)
-- 1748736000000
-- '2024-06-08T00:00:00'
-- '2024-06-01T00:00:00'
-- '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?(Z|[+]00:00)\\z'
-- '^(0000|.{4}-(02-3|(04|06|09|11)-31))'
-- '^.{4}-02-29'
-- '^([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)'
-- '2024-06-08T00:00:00'
-- '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?(Z|[+]00:00)\\z'
-- '^(0000|.{4}-(02-3|(04|06|09|11)-31))'
-- '^.{4}-02-29'
-- '^([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)'
-- 1748736000000
-- -62135596800000
-- 253402300799999
-- 1748736000000
-- -62135596800000
-- 253402300799999
