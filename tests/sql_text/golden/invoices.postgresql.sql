SELECT invoices.id
FROM invoices
WHERE invoices.issued_on <= %(issued_on_1)s::DATE
  AND coalesce(invoices.status != %(status_1)s::VARCHAR, false)
  AND invoices.issued_on <= %(issued_on_2)s::DATE
  AND invoices.issued_on BETWEEN %(issued_on_3)s::DATE
  AND %(issued_on_4)s::DATE
  AND NOT coalesce(invoices.issued_on IN (%(issued_on_5_1)s::DATE), false)
  AND NOT ((EXISTS (SELECT 1
FROM retention.hold
WHERE retention.hold.kind = %(param_1)s::VARCHAR
  AND retention.hold.subject_key = CAST(invoices.customer_id AS TEXT)))
  OR CAST(invoices.customer_id AS TEXT) IS NULL
  AND (EXISTS (SELECT 1
FROM retention.hold
WHERE retention.hold.kind = %(param_2)s::VARCHAR)))
  AND NOT (EXISTS (SELECT 1
FROM refunds AS refunds_1
WHERE refunds_1.invoice_id = invoices.id))
-- datetime.date(2019, 12, 31)
-- 'draft'
-- datetime.date(2019, 12, 31)
-- datetime.date(1, 1, 1)
-- datetime.date(9999, 12, 31)
-- 'customer'
-- 'customer'
-- datetime.date(9999, 12, 31)
