import { disbursementLifecycle, type DisbursementState } from './lifecycle.ts';
import { isFinal } from '../lifecycle/lifecycle.ts';

/** Everything that decides whether a seller's money may leave. */
export interface HoldFacts {
  readonly state: DisbursementState;
  readonly heldBy: 'paypal' | 'house';
  /** When it is released, if nothing intervenes. */
  readonly dueAt: Date;
  readonly lastSafeAt: Date;
  readonly autoReleaseAt: Date;
  readonly alarmAt: Date;
  readonly nextTryAt: Date | null;
  readonly holdReason: string | null;
  readonly failureReason: string | null;
  /** A dispute about the payment is open at PayPal, be it for the first time or after an appeal. */
  readonly disputed: boolean;
  /** PayPal has taken captured money back, and it is not known why. */
  readonly reversed: boolean;
  /** A refund of the payment has not ended yet. */
  readonly refunding: boolean;
}

/** What stands against it, and what comes of that; both as parts of a sentence. */
export interface Hindrance {
  readonly kind: 'unconfirmed' | 'disputed' | 'reversed' | 'refunding' | 'failed' | 'heldBack';
  readonly why: string;
  readonly outlook: string;
}

/** Whether the money may leave now. */
export type MayLeave =
  | { readonly answer: 'over' }
  /** Now, or PayPal is asked, though something may stand against it. */
  | { readonly answer: 'yes'; readonly hindrance?: Hindrance }
  | {
      readonly answer: 'notYet';
      readonly hindrance?: Hindrance;
      /** When it leaves, or PayPal is asked; null: when there is news of what hinders it. */
      readonly until: Date | null;
      /** The next moment at which something is to be done: that, or an alarm to be raised. */
      readonly wakeAt: Date | null;
    };

/**
 * The one answer to "may this money leave now, and if not, what is awaited". Who looks, who releases, who
 * raises the alarm and who shows it ask here, so that no two of them can disagree.
 */
export function mayLeave(facts: HoldFacts, now: Date): MayLeave {
  if (isFinal(disbursementLifecycle, facts.state)) return { answer: 'over' };
  const hindrance = hindranceOf(facts);
  const until = leavesAt(facts, hindrance?.kind);
  if (until === 'now' || (until && now >= until)) return { answer: 'yes', hindrance };
  // Without a hindrance nobody needs to be alarmed.
  const moments = hindrance ? [until, facts.alarmAt, facts.lastSafeAt] : [until];
  const coming = moments.filter((moment) => moment !== null && moment > now) as Date[];
  const wakeAt = coming.length > 0 ? new Date(Math.min(...coming.map(Number))) : null;
  return { answer: 'notYet', hindrance, until, wakeAt };
}

/** Whether disputes, or a reversal, keep the money where it is. */
export const isStopped = ({ disputed, reversed }: HoldFacts): boolean => disputed || reversed;

/** A release that has begun is seen through; until then no refund begins, nor is the money blocked. */
export const isLeaving = (state: DisbursementState): boolean =>
  state === 'releasing' || state === 'unknown';

function leavesAt(facts: HoldFacts, kind: Hindrance['kind'] | undefined): Date | 'now' | null {
  const { state, dueAt, lastSafeAt, autoReleaseAt, nextTryAt, refunding } = facts;
  switch (kind) {
    case undefined:
      return state === 'due' ? 'now' : earlier(dueAt, lastSafeAt);
    case 'unconfirmed':
      return 'now';
    case 'refunding':
      return null;
    // Once its 28 days are over PayPal may have paid all the same: it is asked, but not during a refund.
    case 'disputed':
    case 'reversed':
      if (refunding) return null;
      return (state === 'blocked' && nextTryAt) || paypalHasPaidBy(autoReleaseAt);
    case 'failed':
      return nextTryAt ?? lastSafeAt;
    // PayPal holds money for 28 days, whoever holds it back here.
    case 'heldBack':
      return paypalHasPaidBy(autoReleaseAt);
  }
}

/**
 * To ask for a release is to cause it, should PayPal not have paid by itself: money that a person holds
 * back is not asked about before PayPal has had its time.
 */
export const paypalHasPaidBy = (autoReleaseAt: Date): Date =>
  new Date(autoReleaseAt.getTime() + 3_600_000);

function hindranceOf(facts: HoldFacts): Hindrance | undefined {
  const { state, holdReason, failureReason, disputed, reversed, refunding } = facts;
  const paypalPays =
    facts.heldBy === 'house'
      ? 'the house has the money until then'
      : `PayPal pays the seller by itself at ${facts.autoReleaseAt.toISOString()}`;
  const asked = facts.heldBy === 'house' ? '' : '; from 28 days on PayPal is asked every day';
  const refundToo = refunding ? ', and a refund is under way' : '';
  if (isLeaving(state)) {
    return {
      kind: 'unconfirmed',
      why: 'PayPal has not confirmed the release',
      outlook: 'PayPal is asked until it does',
    };
  }
  if (disputed || (state === 'blocked' && !reversed)) {
    return {
      kind: 'disputed',
      why: `the buyer disputes the payment${refundToo}`,
      outlook: `It stays until the dispute ends${asked}`,
    };
  }
  if (reversed) {
    return {
      kind: 'reversed',
      why: `PayPal has taken the money back, and it is not known why${refundToo}`,
      outlook: `It stays until PayPal's report says how much, or somebody who has looked at PayPal releases it${asked}`,
    };
  }
  if (refunding) {
    return {
      kind: 'refunding',
      why: 'a refund is under way',
      outlook: 'The rest leaves as soon as the refund has ended',
    };
  }
  if (state === 'failed') {
    return {
      kind: 'failed',
      why: `PayPal refused the release: ${failureReason}`,
      outlook: `Mend the cause and release again, or refund; ${paypalPays}`,
    };
  }
  if (state === 'held' && holdReason !== null) {
    return {
      kind: 'heldBack',
      why: `it is held back: ${holdReason}`,
      outlook: `It stays until somebody releases or refunds it; ${paypalPays}`,
    };
  }
  return undefined;
}

const earlier = (a: Date, b: Date): Date => (a < b ? a : b);
