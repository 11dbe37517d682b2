-- title: Money held at PayPal
-- description: What PayPal holds now, for which seller, and until when at the latest: 28 days after
--   the capture PayPal pays the seller out by itself.
-- schedule: 0 6 * * *
-- parameters: none
-- columns:
--   seller text: id of the seller whom the money is for
--   auction text: id of the auction
--   payment text: id of the payment
--   disbursement text: id of the disbursement
--   state text: state of the disbursement
--   held_minor integer minor units: what the seller will be paid, less the seller's part of refunds
--   currency text: ISO 4217 code
--   held_since timestamp: when the payment was captured
--   held_until timestamp: when PayPal pays it out by itself
--   days_left integer whole days: from now until then

SELECT auction.seller_id AS seller,
       auction.id AS auction,
       payment.id AS payment,
       disbursement.id AS disbursement,
       disbursement.state,
       disbursement.amount_minor - payment.refunded_minor
         + div((payment.platform_fee_minor + payment.recovery_minor)::numeric * payment.refunded_minor,
               payment.amount_minor)::bigint AS held_minor,
       payment.currency,
       payment.captured_at AS held_since,
       payment.captured_at + interval '28 days' AS held_until,
       floor(extract(epoch FROM payment.captured_at + interval '28 days' - now()) / 86400)::bigint
         AS days_left
  FROM disbursement
  JOIN payment ON payment.id = disbursement.payment_id
  JOIN auction ON auction.id = payment.auction_id
 -- Every state in which the money has neither left nor been given back.
 WHERE disbursement.state IN ('held', 'due', 'releasing', 'unknown', 'blocked', 'failed')
 ORDER BY held_until, disbursement.id;
