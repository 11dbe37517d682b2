import type { RefundState } from './lifecycle.ts';

/** https://developer.paypal.com/docs/api/payments/v2/#refunds_get; what it adds since is `unknown`. */
export const REFUND_STATUSES = ['COMPLETED', 'PENDING', 'FAILED', 'CANCELLED', 'unknown'] as const;
export type RefundAtPayPal = (typeof REFUND_STATUSES)[number];

export const REFUND_ACTS = {
  complete: 'record that the money went back',
  wait: 'keep PayPal’s id, and ask again',
  fail: 'end it; where the seller cannot pay, and the policy says so, the house pays',
  tellAfterAll: 'tell the operators that PayPal has refunded after all',
  leave: 'nothing',
} as const;
export type RefundAct = keyof typeof REFUND_ACTS;

/** `requested` and `unknown` are `sending` by the time that PayPal answers. */
export const REFUND_COLUMNS = {
  asked: ['requested', 'sending', 'unknown'],
  past: ['paying', 'failed'],
  done: ['completed'],
} as const satisfies Record<string, readonly RefundState[]>;
type Column = keyof typeof REFUND_COLUMNS;

export const REFUND_TABLE: Record<RefundAtPayPal, Record<Column, RefundAct>> = {
  COMPLETED: { asked: 'complete', past: 'tellAfterAll', done: 'leave' },
  PENDING: { asked: 'wait', past: 'tellAfterAll', done: 'leave' },
  FAILED: { asked: 'fail', past: 'leave', done: 'leave' },
  CANCELLED: { asked: 'fail', past: 'leave', done: 'leave' },
  // To call it failed could refund a second time.
  unknown: { asked: 'wait', past: 'tellAfterAll', done: 'leave' },
};

export function refundAct(ours: RefundState, theirs: RefundAtPayPal): RefundAct {
  const columns = Object.entries(REFUND_COLUMNS) as [Column, readonly RefundState[]][];
  const [column] = columns.find(([, states]) => states.includes(ours))!;
  return REFUND_TABLE[theirs][column];
}
