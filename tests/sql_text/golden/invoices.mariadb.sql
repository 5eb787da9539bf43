SELECT invoices.id
FROM invoices
WHERE invoices.issued_on <= %s
  AND coalesce((convert(invoices.status USING utf8mb4) COLLATE utf8mb4_nopad_bin) != %s, false) = 1
  AND invoices.issued_on <= %s
  AND invoices.issued_on BETWEEN %s
  AND %s
  AND month(invoices.issued_on) > %s
  AND dayofmonth(invoices.issued_on) > %s
  AND dayofmonth(invoices.issued_on) <= dayofmonth(last_day(invoices.issued_on))
  AND coalesce(invoices.issued_on IN (%s), false) = 0
  AND NOT ((EXISTS (SELECT 1
FROM shop_retention.hold
WHERE shop_retention.hold.kind = %s
  AND shop_retention.hold.subject_key = (convert(CAST(invoices.customer_id AS CHAR) USING utf8mb4) COLLATE utf8mb4_nopad_bin)))
  OR (convert(CAST(invoices.customer_id AS CHAR) USING utf8mb4) COLLATE utf8mb4_nopad_bin) IS NULL
  AND (EXISTS (SELECT 1
FROM shop_retention.hold
WHERE shop_retention.hold.kind = %s)))
  AND NOT (EXISTS (SELECT 1
FROM refunds AS refunds_1
WHERE refunds_1.invoice_id = invoices.id))
-- datetime.date(2019, 12, 31)
-- 'draft'
-- datetime.date(2019, 12, 31)
-- datetime.date(1, 1, 1)
-- datetime.date(9999, 12, 31)
-- 0
-- 0
-- datetime.date(9999, 12, 31)
-- 'customer'
-- 'customer'
