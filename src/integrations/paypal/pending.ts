/** What a pending capture waits for, as a sentence, and whether the seller has to do something. */
export interface PendingVerdict {
  readonly sellerMustAct: boolean;
  readonly sentence: string;
}

const waits = (sentence: string): PendingVerdict => ({ sellerMustAct: false, sentence });
const asksSeller = (sentence: string): PendingVerdict => ({ sellerMustAct: true, sentence });

/** https://developer.paypal.com/docs/api/payments/v2/#definition-capture_status_details */
const VERDICTS: Record<string, PendingVerdict> = {
  ECHECK: waits('The bank is transferring the money, which takes some days.'),
  PENDING_REVIEW: waits('PayPal is reviewing the payment.'),
  TRANSACTION_APPROVED_AWAITING_FUNDING: waits('PayPal is waiting for the money to come in.'),
  BUYER_COMPLAINT: waits('PayPal is looking into a complaint about the payment.'),
  CHARGEBACK: waits("The buyer's bank has asked for the money back."),
  AMOUNT_DIFFERS: waits('PayPal has taken another amount than was asked for: we look into it.'),
  SHARES_UNKNOWN: waits('PayPal has not said yet what it takes of the payment.'),
  VERIFICATION_REQUIRED: asksSeller('The seller has to verify the PayPal account.'),
  UNILATERAL: asksSeller('The seller has to confirm the address of the PayPal account.'),
  RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION: asksSeller(
    'The seller has to accept the payment at PayPal.',
  ),
  INTERNATIONAL_WITHDRAWAL: asksSeller('The seller has to accept the payment at PayPal.'),
};

/** A reason that PayPal does not give, or has added since, means waiting: PayPal says how it ends. */
export const pendingVerdict = (reason: string | undefined): PendingVerdict =>
  (Object.hasOwn(VERDICTS, reason ?? '') ? VERDICTS[reason!] : undefined) ??
  waits('PayPal has not said why the payment takes longer.');
