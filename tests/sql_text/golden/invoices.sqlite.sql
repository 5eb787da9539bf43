SELECT invoices.id
FROM invoices
WHERE invoices.issued_on <= ?
  AND coalesce(CASE
  WHEN (typeof(invoices.status) = ?) THEN invoices.status != ? END, 0) = 1
  AND invoices.issued_on <= ?
  AND typeof(invoices.issued_on) = ?
  AND invoices.issued_on >= ?
  AND (invoices.issued_on GLOB ?)
  AND date(invoices.issued_on, ?) = invoices.issued_on
  AND coalesce(invoices.issued_on IN (?), 0) = 0
  AND NOT ((EXISTS (SELECT 1
FROM retention_hold
WHERE retention_hold.kind = ?
  AND retention_hold.subject_key = CAST(invoices.customer_id AS VARCHAR)))
  OR CAST(invoices.customer_id AS VARCHAR) IS NULL
  AND (EXISTS (SELECT 1
FROM retention_hold
WHERE retention_hold.kind = ?)))
  AND NOT (EXISTS (SELECT 1
FROM refunds AS refunds_1
WHERE refunds_1.invoice_id = invoices.id))
-- '2019-12-31'
-- 'text'
-- 'draft'
-- '2019-12-31'
-- 'text'
-- '0001-01-01'
-- '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'
-- '+0 days'
-- '9999-12-31'
-- 'customer'
-- 'customer'
