import type { SubjectKind } from '../lifecycle/index.ts';

export type NoticeKind =
  | 'payment_due'
  | 'payment_reminder'
  | 'payment_refused'
  | 'payment_pending'
  | 'payment_declined'
  | 'payment_expired'
  | 'payment_received'
  | 'sale_paid'
  | 'sale_ended'
  | 'late_money'
  | 'payment_unclear'
  | 'second_chance'
  | 'offer_withdrawn'
  | 'buyer_passed_over'
  | 'auction_cancelled'
  | 'auction_paused'
  | 'auction_resumed'
  | 'auction_end_moved'
  | 'auction_unsold'
  | 'bids_retracted'
  | 'refunded'
  | 'paid_out'
  | 'payout_unclaimed'
  | 'owes_house'
  | 'debt_received'
  | 'house_refunds'
  | 'paypal_refuses'
  | 'hold_ends'
  | 'release_failed'
  | 'nothing_for_seller'
  | 'auto_released'
  | 'refund_failed'
  | 'refund_unclear'
  | 'payment_reversed'
  | 'paypal_contradicts'
  | 'dispute_opened'
  | 'dispute_stage'
  | 'evidence_due'
  | 'evidence_overdue'
  | 'dispute_ended'
  | 'dispute_reopened'
  | 'dispute_unclear'
  | 'erp_rejected'
  | 'step_stuck'
  | 'report_failed'
  | 'reconciliation_failed'
  | 'never_opened'
  | 'opened_late'
  | 'reconciliation_differs'
  | 'unread_lines'
  | 'paypal_differs'
  | 'approval_needed'
  | 'payee_change_proposed'
  | 'payee_changed';

interface Ending {
  readonly states: readonly string[];
  /** Of notices about the subject, those that are over once it is in one of the states. */
  readonly ends: readonly NoticeKind[];
}

/** What asks for something to be done is over when it is done, or cannot be done any more. */
const ENDINGS: Partial<Record<SubjectKind, Ending>> = {
  offer: {
    states: ['accepted', 'paid', 'lapsed', 'declined', 'expired', 'withdrawn'],
    ends: ['second_chance'],
  },
  payment: {
    states: [
      'captured',
      'partially_refunded',
      'returning',
      'refunded',
      'declined',
      'expired',
      'withdrawn',
    ],
    ends: [
      'payment_due',
      'payment_reminder',
      'payment_refused',
      'payment_pending',
      'payment_unclear',
      'paypal_refuses',
    ],
  },
  disbursement: {
    states: ['released', 'auto_released', 'cancelled'],
    ends: ['hold_ends', 'release_failed', 'payout_unclaimed', 'paypal_refuses'],
  },
  refund: { states: ['completed'], ends: ['house_refunds', 'payout_unclaimed', 'paypal_refuses'] },
  dispute: {
    states: ['won', 'lost', 'withdrawn'],
    ends: ['dispute_opened', 'dispute_stage', 'evidence_due', 'evidence_overdue', 'paypal_refuses'],
  },
  approval: {
    states: ['approved', 'rejected', 'withdrawn', 'expired'],
    ends: ['approval_needed', 'payee_change_proposed'],
  },
  erp_document: { states: ['pending', 'acknowledged'], ends: ['erp_rejected'] },
};

/** The kinds of notices about a subject that are over once it is in this state. */
export function noticesOver(kind: SubjectKind, state: string): readonly NoticeKind[] {
  const ending = ENDINGS[kind];
  return ending?.states.includes(state) ? ending.ends : [];
}
