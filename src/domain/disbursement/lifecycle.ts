import { defineLifecycle, type StateOf } from '../lifecycle/lifecycle.ts';

export const disbursementLifecycle = defineLifecycle({
  name: 'disbursement',
  initial: 'held',
  states: [
    'held',
    'due',
    'releasing',
    'unknown',
    'blocked',
    'failed',
    'released',
    'auto_released',
    'cancelled',
  ],
  edges: [
    { event: 'comeDue', from: ['held'], to: 'due', by: ['workflow', 'operator'] },
    { event: 'holdBack', from: ['due', 'failed'], to: 'held', by: ['operator', 'finance'] },
    // From blocked, to ask: once its 28 days are over PayPal may have paid despite the dispute.
    { event: 'release', from: ['due', 'blocked'], to: 'releasing', by: ['workflow'] },
    { event: 'loseSight', from: ['releasing'], to: 'unknown', by: ['workflow'] },
    { event: 'retryRelease', from: ['unknown'], to: 'releasing', by: ['workflow'] },
    { event: 'confirmRelease', from: ['releasing', 'unknown'], to: 'released', by: ['workflow'] },
    { event: 'fail', from: ['releasing', 'unknown'], to: 'failed', by: ['workflow'] },
    { event: 'tryAgain', from: ['failed'], to: 'due', by: ['operator', 'workflow'] },
    // A dispute or a reversal stops the money; PayPal may also say so in answer to the release itself.
    {
      event: 'block',
      from: ['held', 'due', 'failed', 'releasing', 'unknown'],
      to: 'blocked',
      by: ['workflow', 'provider'],
    },
    { event: 'unblock', from: ['blocked'], to: 'held', by: ['workflow', 'operator'] },
    {
      event: 'cancel',
      from: ['held', 'due', 'blocked', 'failed'],
      to: 'cancelled',
      by: ['workflow'],
    },
    // PayPal pays the seller by itself 28 days after the capture.
    {
      event: 'recordAutoRelease',
      from: ['held', 'due', 'blocked', 'failed', 'releasing', 'unknown'],
      to: 'auto_released',
      by: ['workflow'],
    },
  ],
});
export type DisbursementState = StateOf<typeof disbursementLifecycle>;
