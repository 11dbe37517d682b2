import type { PaymentState } from './lifecycle.ts';

// What is done about a payment, by our state of it and PayPal's: of its order, of the authorization in
// that, or of the capture in that. The activities look it up here, docs/paypal-states.md prints it, and a
// test puts PayPal and us into each pair.

/** https://developer.paypal.com/docs/api/orders/v2/ and /payments/v2/; what they add since is `unknown`. */
export const STATUSES_AT_PAYPAL = {
  order: [
    'CREATED',
    'SAVED',
    'APPROVED',
    'VOIDED',
    'COMPLETED',
    'PAYER_ACTION_REQUIRED',
    'forgotten',
    'unknown',
  ],
  authorization: [
    'CREATED',
    'CAPTURED',
    'DENIED',
    'PARTIALLY_CAPTURED',
    'VOIDED',
    'EXPIRED',
    'PENDING',
    'unknown',
  ],
  capture: [
    'COMPLETED',
    'DECLINED',
    'PARTIALLY_REFUNDED',
    'PENDING',
    'REFUNDED',
    'FAILED',
    'unknown',
  ],
} as const;

type Things = typeof STATUSES_AT_PAYPAL;
type ThingAtPayPal = keyof Things;
/** What an order shows furthest along: a capture before an authorization, that before the order itself. */
export type PaymentAtPayPal = {
  [Thing in ThingAtPayPal]: `${Thing} ${Things[Thing][number]}`;
}[ThingAtPayPal];

/** A status as the table has it; one that PayPal has added since is `unknown`. */
export function statusSeen(thing: ThingAtPayPal, status: string | undefined): PaymentAtPayPal {
  const known: readonly string[] = STATUSES_AT_PAYPAL[thing];
  return `${thing} ${status && known.includes(status) ? status : 'unknown'}` as PaymentAtPayPal;
}

export const PAYMENT_ACTS = {
  wait: 'wait for the buyer, who is reminded; at the end of the window the payment expires',
  hold: 'wait for PayPal, whatever the window',
  tellPerson: 'tell the operators, once, and go on asking',
  awaitPerson:
    'nothing proves that the money was not taken: what a report or webhook tells is recorded; else tell the operators, and end the sale once they ask for it',
  reopen: 'this order is over: open another; after the window the payment expires',
  approve: 'the buyer has approved: capture',
  findUncaptured: 'nothing was taken: capture, or end the sale if an operator has asked for that',
  sendBack: 'this way to pay is over: the buyer is told, and may choose another with another order',
  recordPending: 'record that PayPal is at it, and why',
  recordCapture: 'record the capture and what of it was refunded; the piece is this buyer’s',
  recordRefunds: 'record the refunds that we do not know',
  recordLate: 'record the late money and give it back to the buyer; buyer and operators are told',
  void: 'void the authorization: the buyer’s money is let go',
  leave: 'nothing',
} as const;
export type PaymentAct = keyof typeof PAYMENT_ACTS;

/** States of ours that are alike to the table. */
export const PAYMENT_COLUMNS = {
  created: ['created'],
  approved: ['approved'],
  asked: ['capturing', 'unknown'],
  pending: ['pending'],
  taken: ['captured', 'partially_refunded', 'returning', 'refunded'],
  ended: ['declined', 'expired', 'withdrawn'],
} as const satisfies Record<string, readonly PaymentState[]>;
type Column = keyof typeof PAYMENT_COLUMNS;

const row = (...acts: [PaymentAct, PaymentAct, PaymentAct, PaymentAct, PaymentAct, PaymentAct]) => {
  const [created, approved, asked, pending, taken, ended] = acts;
  return { created, approved, asked, pending, taken, ended };
};

// prettier-ignore
export const PAYMENT_TABLE: Record<PaymentAtPayPal, Record<Column, PaymentAct>> = {
  //                                   created          approved         asked             pending           taken            ended
  'order CREATED':                 row('wait',          'sendBack',      'findUncaptured', 'hold',           'tellPerson',    'leave'),
  'order SAVED':                   row('wait',          'sendBack',      'findUncaptured', 'hold',           'tellPerson',    'leave'),
  'order PAYER_ACTION_REQUIRED':   row('wait',          'sendBack',      'findUncaptured', 'hold',           'tellPerson',    'leave'),
  'order APPROVED':                row('approve',       'approve',       'findUncaptured', 'hold',           'tellPerson',    'leave'),
  'order VOIDED':                  row('reopen',        'sendBack',      'sendBack',       'sendBack',       'tellPerson',    'leave'),
  // Without anything taken or kept, which PayPal's documents do not foresee.
  'order COMPLETED':               row('tellPerson',    'tellPerson',    'tellPerson',     'tellPerson',     'leave',         'tellPerson'),
  'order forgotten':               row('reopen',        'sendBack',      'awaitPerson',    'awaitPerson',    'tellPerson',    'leave'),
  'order unknown':                 row('tellPerson',    'tellPerson',    'tellPerson',     'tellPerson',     'leave',         'tellPerson'),

  'authorization CREATED':         row('approve',       'approve',       'findUncaptured', 'findUncaptured', 'tellPerson',    'void'),
  'authorization PENDING':         row('recordPending', 'recordPending', 'recordPending',  'recordPending',  'tellPerson',    'void'),
  // The capture is on its way into the order.
  'authorization CAPTURED':        row('hold',          'hold',          'hold',           'hold',           'leave',         'hold'),
  'authorization PARTIALLY_CAPTURED': row('tellPerson', 'tellPerson',    'tellPerson',     'tellPerson',     'tellPerson',    'tellPerson'),
  'authorization DENIED':          row('reopen',        'sendBack',      'sendBack',       'sendBack',       'leave',         'leave'),
  'authorization VOIDED':          row('reopen',        'sendBack',      'sendBack',       'sendBack',       'leave',         'leave'),
  'authorization EXPIRED':         row('reopen',        'sendBack',      'sendBack',       'sendBack',       'leave',         'leave'),
  'authorization unknown':         row('tellPerson',    'tellPerson',    'tellPerson',     'tellPerson',     'leave',         'tellPerson'),

  'capture COMPLETED':             row('recordCapture', 'recordCapture', 'recordCapture',  'recordCapture',  'leave',         'recordLate'),
  'capture PARTIALLY_REFUNDED':    row('recordCapture', 'recordCapture', 'recordCapture',  'recordCapture',  'recordRefunds', 'recordLate'),
  'capture REFUNDED':              row('recordCapture', 'recordCapture', 'recordCapture',  'recordCapture',  'recordRefunds', 'recordLate'),
  'capture PENDING':               row('recordPending', 'recordPending', 'recordPending',  'recordPending',  'leave',         'hold'),
  'capture DECLINED':              row('reopen',        'sendBack',      'sendBack',       'sendBack',       'tellPerson',    'leave'),
  'capture FAILED':                row('reopen',        'sendBack',      'sendBack',       'sendBack',       'tellPerson',    'leave'),
  'capture unknown':               row('tellPerson',    'tellPerson',    'tellPerson',     'tellPerson',     'tellPerson',    'tellPerson'),
};

/** What is to be done about a payment in this state of ours whose order shows that. */
export function paymentAct(ours: PaymentState, theirs: PaymentAtPayPal): PaymentAct {
  const columns = Object.entries(PAYMENT_COLUMNS) as [Column, readonly PaymentState[]][];
  const [column] = columns.find(([, states]) => states.includes(ours))!;
  return PAYMENT_TABLE[theirs][column];
}

/** The sale is not this buyer's any more: money that comes now goes back. */
export const hasEnded = (state: PaymentState): boolean =>
  (PAYMENT_COLUMNS.ended as readonly PaymentState[]).includes(state);

/** PayPal has taken the buyer's money, and it is recorded. */
export const isTaken = (state: PaymentState): boolean =>
  (PAYMENT_COLUMNS.taken as readonly PaymentState[]).includes(state);
