import { z } from 'zod';
import type { Store } from './store.ts';

/**
 * Faults of calls. "before-effect" and "after-effect" tell whether the order, capture, refund or payout
 * has happened; the caller cannot see the difference.
 */
export const CALL_FAULTS = [
  'delay',
  '500',
  '503',
  '429',
  '401',
  'refused', // With the issue code given as the reason.
  'reset-before-effect',
  'reset-after-effect',
  'timeout-before-effect',
  'timeout-after-effect',
  '500-after-effect',
  'payout-pending', // payouts.create, batchPayouts.create: PENDING first, SUCCESS after delayMs.
  'payout-failed', // of both: a FAILED item with the reason given.
  'payout-unclaimed', // batchPayouts.create: UNCLAIMED, until it is claimed, or returned after 30 days.
] as const;

/** Faults of webhooks: `operation` is "webhook", or "webhook:" and an event type. */
export const WEBHOOK_FAULTS = ['duplicate', 'late', 'out-of-order', 'drop', 'forged'] as const;

export const FAULT = z.strictObject({
  /** orders.create, captures.refund, webhook:PAYMENT.CAPTURE.COMPLETED ...; * is every call. */
  operation: z.string().min(1),
  kind: z.enum([...CALL_FAULTS, ...WEBHOOK_FAULTS]),
  /** Only for calls with this PayPal-Request-Id. */
  requestId: z.string().optional(),
  /** How often; without it, until the plan is deleted. */
  times: z.int().positive().optional(),
  /** How likely, from 0 to 1; always when left out. The seed makes the sequence repeatable. */
  probability: z.number().min(0).max(1).optional(),
  seed: z.int().optional(),
  delayMs: z.int().min(0).max(600_000).optional(),
  reason: z.string().optional(),
});

export type Fault = z.infer<typeof FAULT>;
interface Planned extends Fault {
  hits: number;
  dice: number;
}

const SETTING = 'faults';

/** The faults that are to happen, in the order they were planned. A restart keeps the plan. */
export class FaultPlan {
  private planned: Planned[];

  constructor(private readonly store: Store) {
    this.planned = JSON.parse(store.setting(SETTING) ?? '[]') as Planned[];
  }

  add(fault: Fault): void {
    this.planned.push({ ...fault, hits: 0, dice: fault.seed ?? 1 });
    this.save();
  }

  clear(): void {
    this.planned = [];
    this.save();
  }

  list(): readonly Planned[] {
    return this.planned;
  }

  /** The fault that befalls this call or event, if any; it is used up by asking. */
  take(operation: string, requestId?: string): Fault | undefined {
    const candidates = this.planned.filter((fault) => matches(fault, operation, requestId));
    for (const fault of candidates) {
      const strikes = fault.probability === undefined || roll(fault) < fault.probability;
      if (!strikes) continue;
      fault.hits += 1;
      this.save();
      return fault;
    }
    if (candidates.length > 0) this.save(); // The dice were thrown.
    return undefined;
  }

  private save(): void {
    this.store.saveSetting(SETTING, JSON.stringify(this.planned));
  }
}

function matches(fault: Planned, operation: string, requestId: string | undefined): boolean {
  if (fault.times !== undefined && fault.hits >= fault.times) return false;
  if (fault.requestId !== undefined && fault.requestId !== requestId) return false;
  if (fault.operation === operation) return true;
  const isWebhook = operation.startsWith('webhook:');
  return fault.operation === (isWebhook ? 'webhook' : '*');
}

/** The next number from 0 to 1 of the fault's own sequence (mulberry32). */
function roll(fault: Planned): number {
  fault.dice = (fault.dice + 0x6d2b79f5) | 0;
  let mixed = Math.imul(fault.dice ^ (fault.dice >>> 15), 1 | fault.dice);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
