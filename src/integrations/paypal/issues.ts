/** PayPal's answer was read and its effect happened, but the answer does not say what we need. */
export const UNREADABLE_ANSWER = 'UNREADABLE_ANSWER';

/** Who should read the sentence of a refusal. */
export type Audience = 'buyer' | 'seller' | 'operator';

/**
 * What an issue code of PayPal's means for us.
 *
 * - retry: the same call, later, will do
 * - ask: the effect may be there already; read the resource. The sentence holds if it is not there
 * - decline: this payment source will not do, and the buyer may choose another
 * - refuse: no retry helps; the sentence says why, to the person concerned
 * - alarm: our bug or our configuration; it is thrown, and the sentence tells operators what to do
 */
export type Verdict =
  | { readonly kind: 'retry' }
  | { readonly kind: 'alarm'; readonly sentence: string }
  | {
      readonly kind: 'ask' | 'decline' | 'refuse';
      readonly audience: Audience;
      readonly sentence: string;
    };

/** What to do about an issue. A code that PayPal has added since is an alarm: nobody has judged it. */
export function verdictOn(issue: string): Verdict {
  return Object.hasOwn(VERDICTS, issue) ? VERDICTS[issue]! : UNJUDGED;
}

/** True when the table below names the code; the tests hold it against PayPal's own lists. */
export const isKnownIssue = (issue: string): boolean => Object.hasOwn(VERDICTS, issue);

const decline = (sentence: string): Verdict => ({ kind: 'decline', audience: 'buyer', sentence });
const tellBuyer = (sentence: string): Verdict => ({ kind: 'refuse', audience: 'buyer', sentence });
const tellSeller = (sentence: string): Verdict => ({
  kind: 'refuse',
  audience: 'seller',
  sentence,
});
const tellOperator = (sentence: string): Verdict => ({
  kind: 'refuse',
  audience: 'operator',
  sentence,
});
const ask = (sentence: string): Verdict => ({ kind: 'ask', audience: 'operator', sentence });
const retry = (...codes: string[]) => each({ kind: 'retry' }, codes);
const alarm = (sentence: string, ...codes: string[]) => each({ kind: 'alarm', sentence }, codes);
const each = (verdict: Verdict, codes: string[]): Record<string, Verdict> =>
  Object.fromEntries(codes.map((code) => [code, verdict]));

const UNJUDGED: Verdict = {
  kind: 'alarm',
  sentence: 'Gavel does not know this code: look it up at PayPal, and have it added to Gavel.',
};

/**
 * https://developer.paypal.com/api/rest/reference/orders/v2/errors/
 * https://developer.paypal.com/api/payments/v2/errors/
 */
const VERDICTS: Record<string, Verdict> = {
  ...retry(
    'PREVIOUS_REQUEST_IN_PROGRESS',
    'ORDER_COMPLETION_IN_PROGRESS',
    'INTERNAL_SERVER_ERROR',
    'INTERNAL_SERVICE_ERROR',
    'SERVICE_UNAVAILABLE',
    'RATE_LIMIT_REACHED',
    'PAYOUT_INITIATED',
    'INTERNAL_ERROR', // A referenced payout's reason: the payout failed inside PayPal.
  ),

  // Perhaps our own earlier call, whose answer was lost or whose key PayPal has forgotten.
  ORDER_ALREADY_CAPTURED: ask('PayPal calls the order captured but shows no capture.'),
  ORDER_ALREADY_AUTHORIZED: ask('PayPal calls the order authorised but shows no authorization.'),
  PREVIOUSLY_CAPTURED: ask('The authorization has been captured.'),
  PREVIOUSLY_VOIDED: ask('The authorization has been voided.'),
  AUTHORIZATION_ALREADY_CAPTURED: ask('The authorization was captured by another call.'),
  DUPLICATE_INVOICE_ID: ask('PayPal has another transaction with this invoice number.'),
  CAPTURE_FULLY_REFUNDED: ask('The capture has been refunded in full already.'),
  REFUND_AMOUNT_EXCEEDED: ask('The refund is more than what is left of the capture.'),
  PAYOUT_ALREADY_COMPLETED_FOR_REFERENCE: ask('The money of this capture was released already.'),

  // The house may hold the money itself, if the policy says so.
  DELAYED_DISBURSEMENT_NOT_SUPPORTED: tellOperator(
    'PayPal does not hold money for this seller: have delayed disbursement enabled for the account.',
  ),

  // The buyer can still pay, from another source or by approving again.
  INSTRUMENT_DECLINED: decline('The bank or card issuer declined the payment.'),
  PAYMENT_SOURCE_DECLINED_BY_PROCESSOR: decline('The payment processor declined this source.'),
  PAYMENT_SOURCE_CANNOT_BE_USED: decline('This source cannot pay for this order.'),
  PAYMENT_SOURCE_INFO_CANNOT_BE_VERIFIED: decline('The name or address could not be verified.'),
  PAYMENT_SOURCE_NOT_SUPPORTED: decline('This way to pay is not possible for this order.'),
  ALIAS_DECLINED_BY_PROCESSOR: decline('The saved source was declined.'),
  REDIRECT_PAYER_FOR_ALTERNATE_FUNDING: decline('PayPal asks for another source.'),
  PAYER_ACTION_REQUIRED: decline('PayPal needs another step from the buyer.'),
  ORDER_NOT_APPROVED: decline('The payment has not been approved at PayPal.'),
  CARD_EXPIRED: decline('The card has expired.'),
  REFERENCED_CARD_EXPIRED: decline('The saved card has expired.'),
  CARD_BRAND_NOT_SUPPORTED: decline('Cards of this brand are not accepted.'),
  TOKEN_EXPIRED: decline('The approval has expired.'),
  INVALID_EXPIRY_DATE: decline('The expiry date of the card is wrong.'),
  INVALID_SECURITY_CODE_LENGTH: decline('The security code of the card is wrong.'),
  CONSENT_NEEDED: decline("PayPal needs the buyer's consent for this payment."),
  AGREEMENT_ALREADY_CANCELLED: decline('The saved PayPal agreement was cancelled.'),
  BILLING_AGREEMENT_NOT_FOUND: decline('The saved PayPal agreement no longer exists.'),
  BILLING_ADDRESS_INVALID: decline('The billing address is not valid.'),
  SHIPPING_ADDRESS_INVALID: decline('The shipping address is not valid.'),
  BANK_NOT_SUPPORTED_FOR_VERIFICATION: decline('This bank account cannot be verified.'),
  CURRENCY_NOT_SUPPORTED_FOR_BANK: decline('This bank account cannot pay in this currency.'),
  INVALID_IBAN: decline('The IBAN is not valid.'),
  IBAN_COUNTRY_NOT_SUPPORTED: decline("Bank accounts of this IBAN's country are not accepted."),
  ORDER_EXPIRED: decline('The approval at PayPal has expired.'),
  ORDER_COMPLETED_OR_VOIDED: decline('The approval at PayPal is over.'),
  UNSUPPORTED_INTENT_FOR_PAYMENT_SOURCE: decline('This way to pay cannot be authorised.'),
  PAYMENT_TYPE_NOT_SUPPORTED_FOR_INTENT: decline('This way to pay cannot be authorised.'),
  AUTHORIZATION_VOIDED: decline('The authorization was voided.'),
  AUTHORIZATION_DENIED: decline('The authorization was denied.'),
  AUTHORIZATION_EXPIRED: decline('The authorization has expired.'),

  MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED: tellBuyer('PayPal allows no further attempt.'),
  PAYER_ACCOUNT_RESTRICTED: tellBuyer("The buyer's PayPal account is restricted."),
  PAYER_ACCOUNT_LOCKED_OR_CLOSED: tellBuyer("The buyer's PayPal account is locked or closed."),
  PAYER_CANNOT_PAY: tellBuyer('This buyer cannot pay this seller by PayPal.'),
  DOMESTIC_TRANSACTION_REQUIRED: tellBuyer('Buyer and seller must live in the same country.'),
  TRANSACTION_LIMIT_EXCEEDED: tellBuyer("The amount is above the buyer's PayPal limit."),
  PLATFORM_FEE_PAYEE_CANNOT_BE_SAME_AS_PAYER: tellBuyer('The platform cannot buy from itself.'),
  TRANSACTION_REFUSED: tellBuyer('PayPal refused the payment without giving a reason.'),
  COMPLIANCE_VIOLATION: tellBuyer('PayPal refused the payment under its compliance rules.'),
  DECLINED_DUE_TO_RELATED_TXN: tellBuyer('Another payment of the same order failed.'),

  PAYEE_ACCOUNT_INVALID: tellSeller("The seller's PayPal account is not valid."),
  PAYEE_ACCOUNT_LOCKED_OR_CLOSED: tellSeller("The seller's PayPal account is locked or closed."),
  PAYEE_ACCOUNT_RESTRICTED: tellSeller("The seller's PayPal account is restricted."),
  PAYEE_ACCOUNT_NOT_VERIFIED: tellSeller('The seller has not verified the PayPal account.'),
  PAYEE_BLOCKED_TRANSACTION: tellSeller("The seller's fraud settings blocked the payment."),
  TRANSACTION_BLOCKED_BY_PAYEE: tellSeller("The seller's fraud protection blocked the payment."),
  TRANSACTION_RECEIVING_LIMIT_EXCEEDED: tellSeller('The seller may not receive this much.'),
  NOT_ENABLED_FOR_CARD_PROCESSING: tellSeller('The seller cannot receive card payments.'),
  NOT_ENABLED_FOR_APPLE_PAY: tellSeller('The seller cannot receive Apple Pay.'),
  NOT_ENABLED_FOR_GOOGLE_PAY: tellSeller('The seller cannot receive Google Pay.'),
  NOT_ENABLED_FOR_BANK_PROCESSING: tellSeller('Bank payments are not enabled.'),
  PAYEE_NOT_ENABLED_FOR_BANK_PROCESSING: tellSeller('The seller cannot receive bank payments.'),
  PAYEE_NOT_ENABLED_FOR_CARD_PROCESSING: tellSeller('The seller cannot receive card payments.'),
  AUTH_CAPTURE_NOT_ENABLED: tellSeller('The seller needs a verified business account.'),
  REFUND_FAILED_INSUFFICIENT_FUNDS: tellSeller(
    "The seller's PayPal balance and bank do not cover the refund.",
  ),

  REFUND_NOT_ALLOWED: tellOperator('This capture cannot be refunded.'),
  REFUND_TIME_LIMIT_EXCEEDED: tellOperator('The capture is too old to be refunded at PayPal.'),
  REFUND_AMOUNT_TOO_LOW: tellOperator('The refund is nothing after currency conversion.'),
  PARTIAL_REFUND_NOT_ALLOWED: tellOperator('Only the whole capture can be refunded.'),
  MAX_NUMBER_OF_REFUNDS_EXCEEDED: tellOperator('PayPal allows no further refund of it.'),
  PENDING_CAPTURE: tellOperator('The capture is still pending, so it cannot be refunded yet.'),
  TRANSACTION_DISPUTED: tellOperator('A dispute is open: only the whole can be refunded.'),
  REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK: tellOperator('A chargeback is open on the capture.'),
  REFUND_IS_RESTRICTED: tellOperator('Only the partner who captured may refund this capture.'),
  PLATFORM_FEE_EXCEEDED: tellOperator('The platform fee to give back is more than is left of it.'),

  // Why a payout out of the house's own balance fails.
  INSUFFICIENT_FUNDS: tellOperator("The house's PayPal balance does not cover the payout."),
  RECEIVER_UNREGISTERED: tellSeller('The seller has no PayPal account under this id.'),
  RECEIVER_ACCOUNT_INVALID: tellSeller("The seller's PayPal account is not valid."),
  RECEIVER_ACCOUNT_LOCKED: tellSeller("The seller's PayPal account is locked."),
  PAYOUT_UNKNOWN: {
    kind: 'alarm',
    sentence: 'Look the payout up at PayPal, and settle the sale by hand.',
  },

  // Why a referenced payout fails: https://developer.paypal.com/docs/api/referenced-payouts/v1/
  TRANSACTION_UNDER_DISPUTE: tellOperator('A dispute is open, so the money stays held.'),
  NOT_ENOUGH_BALANCE: tellOperator('The held balance does not cover the payout.'),
  AMOUNT_CHECK_FAILED: tellOperator('PayPal found a different amount than was held.'),
  TRANSACTION_NOT_VALID: tellOperator('PayPal holds no money for this capture.'),
  UNSUPPORTED_CURRENCY: tellOperator('PayPal cannot pay out in this currency.'),
  MERCHANT_RESTRICTIONS: tellSeller("The seller's PayPal account may not receive payouts."),
  MERCHANT_PARTNER_PERMISSIONS_ISSUE: tellSeller(
    'The seller has not given, or has withdrawn, the permission to hold and release money.',
  ),

  // The request was malformed, or names a thing that is not there.
  ...alarm(
    'Gavel asked for something impossible. Report the fault, with the debug id.',
    UNREADABLE_ANSWER,
    'AMOUNT_MISMATCH',
    'CANNOT_BE_NEGATIVE',
    'CANNOT_BE_ZERO_OR_NEGATIVE',
    'CITY_REQUIRED',
    'CURRENCY_MISMATCH',
    'DECIMALS_NOT_SUPPORTED',
    'DECIMAL_PRECISION',
    'DONATION_ITEMS_NOT_SUPPORTED',
    'DUPLICATE_REFERENCE_ID',
    'IDENTIFIER_NOT_FOUND',
    'INCOMPATIBLE_PARAMETER_VALUE',
    'INVALID_ARRAY_MAX_ITEMS',
    'INVALID_ARRAY_MIN_ITEMS',
    'INVALID_COUNTRY_CODE',
    'INVALID_CURRENCY_CODE',
    'INVALID_PARAMETER_SYNTAX',
    'INVALID_PARAMETER_VALUE',
    'INVALID_PAYER_ID',
    'INVALID_PICKUP_ADDRESS',
    'INVALID_RESOURCE_ID',
    'INVALID_STRING_LENGTH',
    'INVALID_STRING_MAX_LENGTH',
    'ITEM_TOTAL_MISMATCH',
    'ITEM_TOTAL_REQUIRED',
    'MALFORMED_REQUEST_JSON',
    'MAX_VALUE_EXCEEDED',
    'MISSING_PICKUP_ADDRESS',
    'MISSING_REQUIRED_PARAMETER',
    'MULTIPLE_ITEM_CATEGORIES',
    'MULTIPLE_SHIPPING_ADDRESS_NOT_SUPPORTED',
    'MULTIPLE_SHIPPING_OPTION_SELECTED',
    'MULTIPLE_SHIPPING_TYPE_NOT_SUPPORTED',
    'MULTI_CURRENCY_ORDER',
    'NOT_SUPPORTED',
    'ONE_OF_PARAMETERS_REQUIRED',
    'PAYPAL_REQUEST_ID_REQUIRED',
    'POSTAL_CODE_REQUIRED',
    'PREFERRED_SHIPPING_OPTION_AMOUNT_MISMATCH',
    'REFERENCE_ID_REQUIRED',
    'REFUND_CAPTURE_CURRENCY_MISMATCH',
    'SHIPPING_OPTIONS_NOT_SUPPORTED',
    'SHIPPING_OPTION_NOT_SELECTED',
    'SHIPPING_TYPE_NOT_SUPPORTED_FOR_CLIENT',
    'TAX_TOTAL_MISMATCH',
    'TAX_TOTAL_REQUIRED',
    'UNSUPPORTED_INTENT',
    'UNSUPPORTED_PAYMENT_INSTRUCTION',
    'UNSUPPORTED_PROCESSING_INSTRUCTION',
    'UNSUPPORTED_SHIPPING_TYPE',
    'ORDER_COMPLETE_ON_PAYMENT_APPROVAL',
    'ACTION_DOES_NOT_MATCH_INTENT',
    'AMOUNT_CANNOT_BE_SPECIFIED',
    'AUTHORIZATION_AMOUNT_EXCEEDED',
    'AUTHORIZATION_CURRENCY_MISMATCH',
    'MAX_AUTHORIZATION_COUNT_EXCEEDED',
    'CANNOT_BE_VOIDED',
    'ORDER_CANNOT_BE_SAVED',
    'SAVE_ORDER_NOT_SUPPORTED',
    'AUTH_CAPTURE_CURRENCY_MISMATCH',
    'MAX_CAPTURE_AMOUNT_EXCEEDED',
    'MAX_CAPTURE_COUNT_EXCEEDED',
  ),

  // Our account at PayPal, or what the seller has granted us, is not set up for what we ask.
  ...alarm(
    'PayPal does not accept our credentials: correct PAYPAL_CLIENT_ID and PAYPAL_CLIENT_SECRET.',
    'AUTHENTICATION_FAILURE',
  ),
  ...alarm(
    'We may not act for this seller: check the PayPal merchant id, and have the seller grant the permissions again.',
    'NOT_AUTHORIZED',
    'PERMISSION_DENIED',
  ),
  ...alarm(
    'Our PayPal account is not set up for this: ask PayPal to enable it.',
    'INVALID_ACCOUNT_STATUS',
    'INVALID_FX_RATE_ID',
    'INVALID_PAYEE_PRICING_TIER_ID',
    'INVALID_PLATFORM_FEES_ACCOUNT',
    'INVALID_PLATFORM_FEES_AMOUNT',
    'PAYEE_FX_RATE_ID_CURRENCY_MISMATCH',
    'PAYEE_FX_RATE_ID_EXPIRED',
    'PAYEE_PRICING_TIER_ID_NOT_ENABLED',
    'PERMISSION_DENIED_FOR_DONATION_ITEMS',
    'PLATFORM_FEES_NOT_SUPPORTED',
    'PLATFORM_FEE_NOT_ENABLED',
    'SETUP_ERROR_FOR_BANK',
  ),

  // Saved sources, wallets, bank debits, terminals.
  ...alarm(
    'PayPal speaks of a feature that Gavel does not use. Report the fault, with the debug id.',
    'APPLE_PAY_AMOUNT_MISMATCH',
    'BILLING_AGREEMENT_ID_MISMATCH',
    'BLIK_ONE_CLICK_MISSING_REQUIRED_PARAMETER',
    'CANCEL_URL_REQUIRED',
    'CARD_EXPIRY_REQUIRED',
    'CARD_NUMBER_REQUIRED',
    'CRYPTOGRAM_REQUIRED',
    'EMV_DATA_REQUIRED',
    'GOOGLE_PAY_GATEWAY_MERCHANT_ID_MISMATCH',
    'INVALID_GOOGLE_PAY_TOKEN',
    'INVALID_PREVIOUS_TRANSACTION_REFERENCE',
    'MERCHANT_INITIATED_WITH_AUTHENTICATION_RESULTS',
    'MERCHANT_INITIATED_WITH_MULTIPLE_PURCHASE_UNITS',
    'MERCHANT_INITIATED_WITH_SECURITY_CODE',
    'MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE',
    'MISSING_CRYPTOGRAM',
    'MISSING_PREVIOUS_REFERENCE',
    'NOT_ELIGIBLE_FOR_PAYPAL_TRANSACTION_ID_PROCESSING',
    'NOT_ELIGIBLE_FOR_PNREF_PROCESSING',
    'NOT_ELIGIBLE_FOR_TOKEN_PROCESSING',
    'NOT_ENABLED_TO_VAULT_PAYMENT_SOURCE',
    'ONLY_ONE_BANK_SOURCE_ALLOWED',
    'PAYMENT_SOURCE_MISMATCH',
    'PAYPAL_TRANSACTION_ID_EXPIRED',
    'PAYPAL_TRANSACTION_ID_NOT_FOUND',
    'PNREF_EXPIRED',
    'PNREF_NOT_FOUND',
    'PREFERRED_PAYMENT_SOURCE_MISMATCH',
    'PREVIOUS_TRANSACTION_REFERENCE_HAS_CHARGEBACK',
    'PREVIOUS_TRANSACTION_REFERENCE_VOIDED',
    'REQUIRED_PARAMETER_FOR_CUSTOMER_INITIATED_PAYMENT',
    'RETURN_URL_REQUIRED',
    'TOKEN_ID_NOT_FOUND',
    'VAULT_INSTRUCTION_DUPLICATED',
    'VAULT_INSTRUCTION_REQUIRED',
  ),
};
