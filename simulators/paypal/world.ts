import type { Clock } from './clock.ts';
import type { FaultPlan } from './faults.ts';
import type { Store } from './store.ts';
import type { WebhookQueue } from './webhooks/queue.ts';

/** What every part of the simulator works with. */
export interface World {
  readonly store: Store;
  readonly clock: Clock;
  readonly faults: FaultPlan;
  readonly webhooks: WebhookQueue;
  readonly credentials: { readonly clientId: string; readonly clientSecret: string };
  /** Where the simulator is reached, without a slash at the end. */
  readonly publicUrl: () => string;
  /** Whether the release after 28 days sends a webhook: PayPal's documents do not say. */
  readonly announcesAutomaticRelease: boolean;
}

export type EffectKind =
  'order' | 'capture' | 'refund' | 'payout' | 'automaticRelease' | 'reversal';

/** Notes that money moved, or was arranged to; tests count these against what callers believe. */
export function recordEffect(
  { store, clock }: World,
  effect: { kind: EffectKind; requestId?: string; subjectId: string; amountMinor: number },
): void {
  store
    .sql(
      'INSERT INTO effects (kind, request_id, subject_id, amount_minor, at_ms) VALUES (?, ?, ?, ?, ?)',
    )
    .run(
      effect.kind,
      effect.requestId ?? null,
      effect.subjectId,
      effect.amountMinor,
      Math.floor(clock.nowMs()),
    );
}
