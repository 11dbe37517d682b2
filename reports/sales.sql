-- title: Daily sales
-- description: What was sold and paid on each day of a period, by currency. A sale counts on the
--   day (UTC) on which its payment was captured, whether or not it was refunded later.
-- schedule: 15 0 * * *
-- parameters:
--   first_day date: first day of the period, UTC
--   last_day date: last day of the period, UTC, included
-- columns:
--   day date: day of the capture, UTC
--   currency text: ISO 4217 code
--   sales integer sales: payments captured
--   hammer_price_minor integer minor units: hammer prices
--   buyers_premium_minor integer minor units: buyer's premiums
--   premium_tax_minor integer minor units: tax on the premiums
--   paid_minor integer minor units: what the buyers paid: hammer price, premium and tax
--   sellers_commission_minor integer minor units: commission kept from the sellers
--   paypal_fee_minor integer minor units: PayPal's fees
--   seller_credit_minor integer minor units: of these fees, what the house bears and owes the sellers
--   payout_minor integer minor units: what PayPal pays the sellers, now or later

SELECT (payment.captured_at AT TIME ZONE 'UTC')::date AS day,
       payment.currency,
       count(*) AS sales,
       sum(payment.hammer_price_minor)::bigint AS hammer_price_minor,
       sum(payment.buyers_premium_minor)::bigint AS buyers_premium_minor,
       sum(payment.premium_tax_minor)::bigint AS premium_tax_minor,
       sum(payment.amount_minor)::bigint AS paid_minor,
       sum(payment.sellers_commission_minor)::bigint AS sellers_commission_minor,
       sum(payment.paypal_fee_minor)::bigint AS paypal_fee_minor,
       sum(coalesce(payment.seller_credit_minor, 0))::bigint AS seller_credit_minor,
       sum(payment.payout_minor)::bigint AS payout_minor
  FROM payment
 WHERE payment.captured_at >= :first_day::timestamp AT TIME ZONE 'UTC'
   AND payment.captured_at < (:last_day + 1)::timestamp AT TIME ZONE 'UTC'
   AND payment.state IN ('captured', 'partially_refunded', 'refunded')
 GROUP BY day, payment.currency
 ORDER BY day, payment.currency;
