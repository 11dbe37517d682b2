import { isoTime } from '../clock.ts';
import type { Clock } from '../clock.ts';
import type { FaultPlan } from '../faults.ts';
import { eventId } from '../identifiers.ts';
import type { Store } from '../store.ts';
import type { Signer } from './authority.ts';
import { forge, FORGERIES, signatureHeaders } from './sign.ts';
import type { Forgery } from './sign.ts';

/** PayPal tries 25 times over 3 days; so does the queue, over minutes. */
const MOST_ATTEMPTS = 25;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 30_000;
const ANSWER_TIMEOUT_MS = 10_000;
const CONCURRENCY = 8;

/** How long a fault holds an event back when it does not say. */
const DEFAULT_LATENESS_MS = 2_000;

interface Delivery {
  readonly sequence: number;
  readonly body: string;
  readonly forgery: Forgery | undefined;
  readonly attempts: number;
}

interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly faults: FaultPlan;
  readonly signer: Signer;
  readonly stranger: Signer;
  readonly webhookId: string;
  readonly publicUrl: () => string;
}

/** Delivers events, signed, until someone answers 2xx. What is undelivered survives a restart. */
export class WebhookQueue {
  private readonly inFlight = new Set<number>();
  private timer: NodeJS.Timeout | undefined;
  private readonly closing = new AbortController();
  private url: string | undefined;
  private forgeries = 0;

  constructor(
    private readonly parts: Parts,
    url: string | undefined,
  ) {
    this.url = url ?? parts.store.setting('webhooks.url');
  }

  /** Sends all events from now on, and those that wait, to another address. */
  sendTo(url: string): void {
    this.url = url;
    this.parts.store.saveSetting('webhooks.url', url);
    this.wake();
  }

  /** Puts an event into the queue, in the caller's transaction. https://developer.paypal.com/api/rest/webhooks/event-names/ */
  announce(eventType: string, resourceType: string, summary: string, resource: object): void {
    const id = eventId();
    const self = `${this.parts.publicUrl()}/v1/notifications/webhooks-events/${id}`;
    const body = JSON.stringify({
      id,
      event_version: '1.0',
      create_time: isoTime(this.parts.clock.nowMs()),
      resource_type: resourceType,
      resource_version: '2.0',
      event_type: eventType,
      summary,
      resource,
      links: [
        { href: self, rel: 'self', method: 'GET' },
        { href: `${self}/resend`, rel: 'resend', method: 'POST' },
      ],
    });
    this.enqueue(id, eventType, body);
    this.wake();
  }

  resend(id: string): boolean {
    const row = this.parts.store
      .sql('SELECT event_type, body FROM deliveries WHERE event_id = ? AND forgery IS NULL LIMIT 1')
      .get(id);
    if (!row) return false;
    this.insert(id, String(row.event_type), String(row.body), {});
    this.wake();
    return true;
  }

  /** Every delivery with what became of it, oldest first. */
  list(): object[] {
    return this.parts.store
      .sql(
        `SELECT event_id AS eventId, event_type AS eventType, state, forgery, attempts, answers
           FROM deliveries ORDER BY sequence`,
      )
      .all()
      .map((row) => ({ ...row, answers: JSON.parse(String(row.answers)) as unknown }));
  }

  /** Looks for deliveries that are due, soon. */
  wake(): void {
    this.sleepUntil(Date.now());
  }

  async close(): Promise<void> {
    this.closing.abort();
    clearTimeout(this.timer);
    while (this.inFlight.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  private enqueue(id: string, eventType: string, body: string): void {
    const fault = this.parts.faults.take(`webhook:${eventType}`);
    const delayMs = fault?.delayMs ?? DEFAULT_LATENESS_MS;
    switch (fault?.kind) {
      case 'drop':
        return this.insert(id, eventType, body, { state: 'dropped' });
      case 'late':
        return this.insert(id, eventType, body, { delayMs });
      case 'out-of-order': // Until the next event has been delivered, or this long at most.
        return this.insert(id, eventType, body, { state: 'held', delayMs });
      case 'duplicate':
        this.insert(id, eventType, body, {});
        return this.insert(id, eventType, body, {});
      case 'forged': {
        const forgery = FORGERIES[this.forgeries++ % FORGERIES.length];
        this.insert(id, eventType, body, { forgery });
        return this.insert(id, eventType, body, {});
      }
      default:
        return this.insert(id, eventType, body, {});
    }
  }

  private insert(
    id: string,
    eventType: string,
    body: string,
    {
      state = 'waiting',
      delayMs = 0,
      forgery,
    }: Partial<{ state: string; delayMs: number; forgery: Forgery }>,
  ): void {
    this.parts.store
      .sql(
        `INSERT INTO deliveries (event_id, event_type, body, state, forgery, attempts, next_at_ms, answers)
           VALUES (?, ?, ?, ?, ?, 0, ?, '[]')`,
      )
      .run(id, eventType, body, state, forgery ?? null, Date.now() + delayMs);
  }

  private sleepUntil(atMs: number): void {
    if (this.closing.signal.aborted) return;
    clearTimeout(this.timer);
    // At least one turn of the event loop: the caller's transaction must be over.
    this.timer = setTimeout(() => this.deliverDue(), Math.max(1, atMs - Date.now()));
  }

  private deliverDue(): void {
    if (this.closing.signal.aborted || !this.url) return;
    const due = this.parts.store
      .sql(
        `SELECT sequence, body, forgery, attempts, next_at_ms FROM deliveries
           WHERE state IN ('waiting', 'held') ORDER BY next_at_ms, sequence LIMIT ?`,
      )
      .all(2 * CONCURRENCY);
    for (const row of due) {
      const sequence = Number(row.sequence);
      if (this.inFlight.has(sequence)) continue;
      if (this.inFlight.size >= CONCURRENCY) return; // The next delivery to end wakes the queue.
      if (Number(row.next_at_ms) > Date.now()) return this.sleepUntil(Number(row.next_at_ms));
      this.inFlight.add(sequence);
      void this.deliver({
        sequence,
        body: String(row.body),
        forgery: row.forgery === null ? undefined : (String(row.forgery) as Forgery),
        attempts: Number(row.attempts) + 1,
      });
    }
  }

  private async deliver(delivery: Delivery): Promise<void> {
    const answer = await this.post(delivery);
    this.inFlight.delete(delivery.sequence);
    if (this.closing.signal.aborted) return; // The attempt counts for nothing: it is made again after the restart.
    const delivered = answer.startsWith('2');
    const over = delivered || delivery.attempts >= MOST_ATTEMPTS || delivery.forgery !== undefined;
    this.parts.store
      .sql(
        `UPDATE deliveries SET state = ?, attempts = ?, next_at_ms = ?,
           answers = json_insert(answers, '$[#]', ?) WHERE sequence = ?`,
      )
      .run(
        over ? (delivered ? 'delivered' : 'failed') : 'waiting',
        delivery.attempts,
        Date.now() + retryDelayMs(delivery.attempts),
        answer,
        delivery.sequence,
      );
    if (delivered) this.letGo();
    this.wake();
  }

  private async post({ body, forgery }: Delivery): Promise<string> {
    const signing = {
      signer: this.parts.signer,
      stranger: this.parts.stranger,
      webhookId: this.parts.webhookId,
      publicUrl: this.parts.publicUrl(),
      atMs: Date.now(),
    };
    const sent = forgery
      ? forge(forgery, body, signing)
      : { body, headers: signatureHeaders(body, signing) };
    try {
      const response = await fetch(this.url!, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'PayPal/AUHD-simulator',
          ...sent.headers,
        },
        body: sent.body,
        signal: AbortSignal.any([this.closing.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
        redirect: 'manual',
      });
      await response.body?.cancel();
      return String(response.status);
    } catch {
      return 'no answer';
    }
  }

  /** An event that was to come out of order goes now, after the one that overtook it. */
  private letGo(): void {
    this.parts.store
      .sql(`UPDATE deliveries SET state = 'waiting', next_at_ms = ? WHERE state = 'held'`)
      .run(Date.now());
  }
}

const retryDelayMs = (attempts: number): number =>
  Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS);
