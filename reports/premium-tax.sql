-- title: Tax on premiums
-- description: The tax that was collected with buyer's premiums in a period, by the region whose
--   authority it is owed to, less what went back to buyers with refunds; from the ledger. An amount
--   counts on the day (UTC) on which it was booked.
-- schedule: on request
-- parameters:
--   first_day date: first day of the period, UTC
--   last_day date: last day of the period, UTC, included
-- columns:
--   region text: ISO 3166 country or subdivision
--   currency text: ISO 4217 code
--   collected_minor integer minor units: tax in captured payments
--   refunded_minor integer minor units: tax that went back to buyers
--   owed_minor integer minor units: what the period adds to what is owed, corrections included

SELECT split_part(ledger_entry.account, ':', 3) AS region,
       ledger_entry.currency,
       coalesce(sum(ledger_entry.amount_minor)
                  FILTER (WHERE ledger_transaction.kind = 'capture'), 0)::bigint AS collected_minor,
       coalesce(-sum(ledger_entry.amount_minor)
                  FILTER (WHERE ledger_transaction.kind = 'refund'), 0)::bigint AS refunded_minor,
       sum(ledger_entry.amount_minor)::bigint AS owed_minor
  FROM ledger_entry
  JOIN ledger_transaction ON ledger_transaction.id = ledger_entry.transaction_id
 WHERE ledger_entry.account LIKE 'house:tax:%'
   AND ledger_transaction.posted_at >= :first_day::timestamp AT TIME ZONE 'UTC'
   AND ledger_transaction.posted_at < (:last_day + 1)::timestamp AT TIME ZONE 'UTC'
 GROUP BY region, ledger_entry.currency
 ORDER BY region, ledger_entry.currency;
