SELECT visits.id
FROM visits
WHERE (visits.seen_ms < %(seen_ms_1)s::BIGINT
  OR (visits.at COLLATE "C") < %(param_1)s::VARCHAR COLLATE "C")
  AND ((visits.at COLLATE "C") < %(param_2)s::VARCHAR COLLATE "C"
  AND visits.at ~ %(at_1)s::VARCHAR
  AND visits.at !~ %(at_2)s::VARCHAR
  AND (visits.at !~ %(at_3)s::VARCHAR
  OR visits.at ~ %(at_4)s::VARCHAR)
  OR (visits.at COLLATE "C") < %(param_3)s::VARCHAR COLLATE "C"
  AND visits.at ~ %(at_5)s::VARCHAR
  AND visits.at !~ %(at_6)s::VARCHAR
  AND (visits.at !~ %(at_7)s::VARCHAR
  OR visits.at ~ %(at_8)s::VARCHAR)
  AND visits.seen_ms < %(seen_ms_2)s::BIGINT
  AND visits.seen_ms BETWEEN %(seen_ms_3)s::BIGINT
  AND %(seen_ms_4)s::BIGINT
  OR visits.seen_ms < %(seen_ms_2)s::BIGINT
  AND visits.seen_ms BETWEEN %(seen_ms_3)s::BIGINT
  AND %(seen_ms_4)s::BIGINT)
-- 1748736000000
-- '2024-06-08T00:00:00'
-- '2024-06-01T00:00:00'
-- '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?(Z|[+]00:00)$'
-- '^(0000|.{4}-(02-3|(04|06|09|11)-31))'
-- '^.{4}-02-29'
-- '^([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)'
-- '2024-06-08T00:00:00'
-- '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?(Z|[+]00:00)$'
-- '^(0000|.{4}-(02-3|(04|06|09|11)-31))'
-- '^.{4}-02-29'
-- '^([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)'
-- 1748736000000
-- -62135596800000
-- 253402300799999
