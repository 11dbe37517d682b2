import { PayPalError } from './errors.ts';
import { verdictOn } from './issues.ts';
import type { Audience } from './issues.ts';

/** A fault that turned out to be an answer: what PayPal refused, and for whom the sentence is. */
export interface Refusal {
  readonly kind: 'ask' | 'decline' | 'refuse';
  readonly issue: string;
  readonly reason: string;
  readonly audience: Audience;
}

/** The refusal in a thrown error. Throws the error again when it is a fault. */
export function refusalIn(error: unknown): Refusal {
  if (!(error instanceof PayPalError) || error.transient) throw error;
  const verdict = verdictOn(error.issue);
  if (verdict.kind === 'retry' || verdict.kind === 'alarm') throw error;
  const { kind, sentence, audience } = verdict;
  return { kind, issue: error.issue, reason: sentence, audience };
}

/** PayPal will not do it, and no retry helps. */
export interface RefusedOutcome {
  readonly outcome: 'refused';
  readonly issue: string;
  /** A sentence for its audience. */
  readonly reason: string;
  readonly audience: Audience;
}

export const refused = ({ issue, reason, audience }: Refusal): RefusedOutcome => ({
  outcome: 'refused',
  issue,
  reason,
  audience,
});
