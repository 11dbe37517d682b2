import { z } from 'zod';

/** What can be made to go wrong, on the way in or on the way of a callback. */
export const FAULT = z.strictObject({
  kind: z.enum([
    'delay', // The call is answered `milliseconds` later than it would be.
    '500', // The call fails and has no effect.
    '503',
    'reset-after-effect', // The call has its effect, but the connection breaks.
    'drop-callback', // The callback is never sent.
    'duplicate-callback', // The callback is sent twice more than needed.
    'late-callback', // The callback is sent `milliseconds` after the booking.
  ]),
  times: z.int().min(1).max(1_000_000).default(1),
  milliseconds: z.int().min(0).max(3_600_000).default(2_000),
  /** Which calls meet it: documents sent, or questions about them. */
  on: z.enum(['send', 'query']).default('send'),
});

export type Fault = z.infer<typeof FAULT>;
export type FaultKind = Fault['kind'];

export const CALL_FAULTS: readonly FaultKind[] = ['delay', '500', '503', 'reset-after-effect'];
export const CALLBACK_FAULTS: readonly FaultKind[] = [
  'drop-callback',
  'duplicate-callback',
  'late-callback',
];

/** Faults that wait for their turn, the oldest first. A restart clears them. */
export class Faults {
  private waiting: Fault[] = [];

  add(fault: Fault): void {
    this.waiting.push({ ...fault });
  }

  /** The next fault of these kinds, used up once. */
  take(kinds: readonly FaultKind[], on: Fault['on'] = 'send'): Fault | undefined {
    const fault = this.waiting.find((each) => kinds.includes(each.kind) && each.on === on);
    if (!fault) return undefined;
    fault.times -= 1;
    this.waiting = this.waiting.filter((each) => each.times > 0);
    return fault;
  }

  list(): readonly Fault[] {
    return this.waiting;
  }

  clear(): void {
    this.waiting = [];
  }
}
