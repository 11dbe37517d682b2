import { ServiceError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sendLater } from '../../src/database/outbox.ts';
import { dispatchNext } from '../../src/messaging/inbox-dispatcher.ts';
import { relayBatch } from '../../src/messaging/outbox-relay.ts';
import { startPump } from '../../src/messaging/pump.ts';
import { lookAgain, workflowIds, type StartMessage } from '../../src/workflows/messages.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

const log = pino({ level: 'silent' });

let test: TestDatabase;
let rows: Rows;
let api: TestApi;
let operator: string;

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  api = await startApi(test);
  operator = await api.token('otto', ['operator']);
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});
beforeEach(() => test.pool.query('TRUNCATE outbox, inbox'));

describe('the relay of the outbox', () => {
  it('says to Temporal what was committed, and nothing that was not', async () => {
    const temporal = new FakeTemporal();
    await say(start('auction:a'));
    await test.database
      .transaction(async (tx) => {
        await sendLater(tx, lookAgain('auction:b'));
        throw new Error('undone');
      })
      .catch(() => {});

    await relayAll(temporal);

    expect(temporal.said).toEqual(['start auction:a']);
    expect(await states()).toEqual(['relayed']);
  });

  it('keeps the order of each workflow, also when several relays run at once', async () => {
    const temporal = new FakeTemporal();
    const ids = Array.from({ length: 20 }, (_, i) => `auction:${i}`);
    for (const id of ids) await say(start(id));
    for (const id of ids) await say(lookAgain(id));

    const relays = [test.openPool(), test.openPool()];
    await Promise.all(relays.map((pool) => relayAll(temporal, pool)));
    await relayAll(temporal); // What both had passed over, while the other was at it.

    for (const id of ids) {
      expect(temporal.said.filter((each) => each.endsWith(` ${id}`))).toEqual([
        `start ${id}`,
        `signal ${id}`,
      ]);
    }
  });

  it('holds back what comes later for a workflow whose earlier message fails, and nothing else', async () => {
    const temporal = new FakeTemporal({ fails: (said) => said === 'start auction:a' });
    await say(start('auction:a'));
    await say(lookAgain('auction:a'));
    await say(start('auction:b'));

    await relayAll(temporal);
    expect(temporal.said).toEqual(['start auction:b']);
    expect(await states()).toEqual(['waiting', 'waiting', 'relayed']);

    temporal.fails = () => false;
    await makeDue('outbox');
    await relayAll(temporal);
    expect(temporal.said.slice(1)).toEqual(['start auction:a', 'signal auction:a']);
  });

  it('tries a failing message later and later, and calls it dead in the end', async () => {
    const temporal = new FakeTemporal({ fails: () => true });
    await say(start('auction:a'));

    expect(await relayOnce(temporal)).toBe(1);
    expect(await relayOnce(temporal)).toBe(0); // It is not due yet.
    expect(await theOne('outbox')).toMatchObject({
      state: 'waiting',
      attempts: 1,
      last_error: 'Temporal refuses start auction:a',
    });
    const [first, second] = [await pauseOf('outbox'), await againAndPause(temporal)];
    expect(second).toBeGreaterThan(first);

    await test.pool.query('UPDATE outbox SET attempts = 39, next_attempt_at = now()');
    await relayOnce(temporal);
    expect(await theOne('outbox')).toMatchObject({ state: 'dead', attempts: 40 });
    await makeDue('outbox');
    expect(await relayOnce(temporal)).toBe(0);
  });

  it('says a dead message after all, when an operator replays it', async () => {
    const temporal = new FakeTemporal();
    await say(start('auction:a'));
    await test.pool.query(`UPDATE outbox SET state = 'dead', attempts = 40, last_error = 'gone'`);

    const dead = await api.get('/v1/messages/outbox', { token: operator });
    expect(dead.json.items).toMatchObject([{ about: 'auction:a', lastError: 'gone' }]);
    const replay = `/v1/messages/outbox/${dead.json.items[0]!.id}/replay`;
    const replayed = await api.post(replay, { token: operator });
    expect(replayed).toMatchObject({ status: 200, json: { state: 'waiting', attempts: 0 } });

    await relayAll(temporal);
    expect(temporal.said).toEqual(['start auction:a']);
  });

  it('says nothing twice when two relays run at once', async () => {
    // More than one batch: nothing is answered before the second relay has taken rows, too.
    const temporal = new FakeTemporal({ answersOnce: 51 });
    for (let i = 0; i < 120; i++) await say(start(`auction:${i}`));

    const relays = [test.openPool(), test.openPool(), test.openPool()];
    await Promise.all(relays.map((pool) => relayAll(temporal, pool)));

    expect(temporal.said).toHaveLength(120);
    expect(new Set(temporal.said).size).toBe(120);
  });

  it('takes a workflow that has begun already, or has ended already, as told', async () => {
    const begun = new FakeTemporal({
      error: new WorkflowExecutionAlreadyStartedError('begun', 'auction:a', 'auction'),
    });
    const ended = new FakeTemporal({
      error: new WorkflowNotFoundError('ended', 'auction:b', undefined),
    });
    await say(start('auction:a'));
    await relayAll(begun);
    await say(lookAgain('auction:b'));
    await relayAll(ended);
    expect(await states()).toEqual(['relayed', 'relayed']);
  });

  it('blames no message when Temporal itself is away', async () => {
    const cause = Object.assign(new Error('UNAVAILABLE'), { code: 14 });
    const away = new FakeTemporal({ error: new ServiceError('Failed to start', { cause }) });
    await say(start('auction:a'));

    await expect(relayOnce(away)).rejects.toThrow('Failed to start');

    expect(await theOne('outbox')).toMatchObject({ state: 'waiting', attempts: 0 });
    await relayAll(new FakeTemporal());
    expect(await states()).toEqual(['relayed']);
  });

  it('hears of what is committed without being asked', async () => {
    const temporal = new FakeTemporal();
    const pool = test.openPool();
    const heard = new Promise<void>((resolve) => (temporal.onSaid = resolve));
    const stop = startPump({
      pool,
      channel: 'gavel_outbox',
      handle: () => relayBatch({ pool, temporal: temporal.asClient(), log }),
      log,
    });
    await say(start('auction:a'));
    await heard;
    await stop();
    expect(temporal.said).toEqual(['start auction:a']);
  });
});

describe('the dispatcher of the inbox', () => {
  it('has an event take effect once, also when several dispatch at once', async () => {
    const { documentId } = await sentDocument();
    await receive('erp', 'event-1', 'acknowledged', acknowledgement(documentId));
    await receive('erp', 'event-2', 'acknowledged', acknowledgement(documentId));

    await Promise.all([dispatchAll(), dispatchAll(), dispatchAll()]);

    expect(await stateOf(documentId)).toBe('acknowledged');
    const { rows: transitions } = await test.pool.query(
      `SELECT actor_kind, actor_id FROM transition
       WHERE subject_id = $1 AND to_state = 'acknowledged'`,
      [documentId],
    );
    expect(transitions).toEqual([{ actor_kind: 'provider', actor_id: 'erp' }]);
    expect(await told()).toEqual([workflowIds.erpSync(documentId)]);
  });

  it('changes nothing for a word about an earlier revision', async () => {
    const { documentId } = await sentDocument();
    await test.pool.query('UPDATE erp_document SET revision = 2 WHERE id = $1', [documentId]);
    await receive('erp', 'event-1', 'rejected', {
      ...acknowledgement(documentId),
      outcome: 'rejected',
    });
    await dispatchAll();
    expect(await stateOf(documentId)).toBe('sent');
    expect(await inboxStates()).toEqual(['dispatched']);
  });

  it('tells operators, once, what the ERP rejects and why', async () => {
    const { documentId } = await sentDocument();
    await receive('erp', 'event-1', 'rejected', {
      ...acknowledgement(documentId),
      outcome: 'rejected',
      reason: { code: 'account', message: 'account 4000 is closed' },
    });
    await dispatchAll();
    expect(await stateOf(documentId)).toBe('rejected');
    const notices = await api.get('/v1/notices', { token: operator });
    expect(notices.json.items[0]).toMatchObject({
      kind: 'erp_rejected',
      subjectId: documentId,
      text: expect.stringContaining('account 4000 is closed'),
    });
  });

  it('sends each of PayPal’s events to whom it concerns', async () => {
    const auctionId = await rows.auction({ state: 'awarded' });
    const offerId = await rows.offer(auctionId, { state: 'paid' });
    const paymentId = await rows.payment(offerId, { orderId: 'ORDER-1', captureId: 'CAPTURE-1' });
    const disbursementId = await rows.disbursement(paymentId);
    const refundId = await rows.refund(paymentId, { paypalRefundId: 'REFUND-1' });
    const events: [type: string, resource: object, told: string[]][] = [
      ['CHECKOUT.ORDER.APPROVED', { id: 'ORDER-1' }, [workflowIds.payment(paymentId)]],
      [
        'PAYMENT.CAPTURE.COMPLETED',
        { id: 'CAPTURE-1', supplementary_data: { related_ids: { order_id: 'ORDER-1' } } },
        [workflowIds.payment(paymentId)],
      ],
      ['PAYMENT.CAPTURE.REFUNDED', { id: 'REFUND-1' }, [workflowIds.refund(refundId)]],
      [
        'PAYMENT.REFERENCED-PAYOUT-ITEM.COMPLETED',
        { reference_id: 'CAPTURE-1' },
        [workflowIds.disbursement(disbursementId)],
      ],
      [
        'CUSTOMER.DISPUTE.CREATED',
        { dispute_id: 'PP-D-7' },
        [workflowIds.dispute('PP-D-7'), workflowIds.dispute('PP-D-7')],
      ],
      ['CHECKOUT.ORDER.APPROVED', { id: 'ORDER-OF-ANOTHER' }, []],
      ['CATALOG.PRODUCT.CREATED', { id: 'X' }, []],
    ];
    for (const [i, [type, resource, expected]] of events.entries()) {
      await test.pool.query('TRUNCATE outbox');
      await receive('paypal', `WH-${i}`, type, { id: `WH-${i}`, event_type: type, resource });
      await dispatchAll();
      expect(await told(), type).toEqual(expected);
    }
    expect(await inboxStates()).toEqual(
      events.map(([, , expected]) => (expected.length > 0 ? 'dispatched' : 'ignored')),
    );
  });

  it('postpones what it cannot dispatch, goes on with the rest, and calls it dead in the end', async () => {
    const { documentId } = await sentDocument();
    const unknown = '0197f3a0-0000-7000-8000-000000000000';
    await receive('erp', 'event-1', 'acknowledged', acknowledgement(unknown));
    await receive('erp', 'event-2', 'acknowledged', acknowledgement(documentId));

    await dispatchAll();

    expect(await stateOf(documentId)).toBe('acknowledged');
    expect(await theOne('inbox', `event_id = 'event-1'`)).toMatchObject({
      state: 'waiting',
      attempts: 1,
      last_error: `There is no erp document ${unknown}.`,
    });

    await test.pool.query(
      `UPDATE inbox SET attempts = 14, next_attempt_at = now() WHERE event_id = 'event-1'`,
    );
    await dispatchAll();
    expect(await inboxStates()).toEqual(['dead', 'dispatched']);
    const dead = await api.get('/v1/messages/inbox', { token: operator });
    expect(dead.json.items).toMatchObject([{ about: 'erp event-1' }]);
  });

  it('dispatches a dead event after all, when what was missing is there and it is replayed', async () => {
    const { documentId } = await sentDocument();
    await receive('erp', 'event-1', 'acknowledged', acknowledgement(documentId));
    await test.pool.query(`UPDATE inbox SET state = 'dead', attempts = 15`);
    const dead = await api.get('/v1/messages/inbox', { token: operator });
    await api.post(`/v1/messages/inbox/${dead.json.items[0]!.id}/replay`, { token: operator });
    await dispatchAll();
    expect(await stateOf(documentId)).toBe('acknowledged');
  });

  it('leaves nothing of an effect that failed half-way', async () => {
    const { documentId } = await sentDocument();
    // The outbox refuses: the document's new state must go with it.
    await test.pool.query('ALTER TABLE outbox ADD CONSTRAINT full_up CHECK (false) NOT VALID');
    await receive('erp', 'event-1', 'acknowledged', acknowledgement(documentId));
    await dispatchAll();
    await test.pool.query('ALTER TABLE outbox DROP CONSTRAINT full_up');
    expect(await stateOf(documentId)).toBe('sent');

    await makeDue('inbox');
    await dispatchAll();
    expect(await stateOf(documentId)).toBe('acknowledged');
    expect(await told()).toHaveLength(1);
  });
});

/** Notes what it is told, in the order in which that succeeded. */
class FakeTemporal {
  readonly said: string[] = [];
  fails: (said: string) => boolean;
  onSaid: () => void = () => {};
  private heard = 0;
  private readonly answering = Promise.withResolvers<void>();

  constructor(
    private readonly wanted: {
      fails?(said: string): boolean;
      error?: Error;
      /** Nobody is answered before so many have asked. */
      answersOnce?: number;
    } = {},
  ) {
    this.fails = wanted.fails ?? (() => wanted.error !== undefined);
  }

  asClient(): Client {
    const workflow = {
      start: (_: string, { workflowId }: { workflowId: string }) =>
        this.hear(`start ${workflowId}`),
      getHandle: (workflowId: string) => ({ signal: () => this.hear(`signal ${workflowId}`) }),
    };
    return { workflow } as unknown as Client;
  }

  private async hear(message: string): Promise<void> {
    if (++this.heard >= (this.wanted.answersOnce ?? 1)) this.answering.resolve();
    await this.answering.promise;
    if (this.fails(message)) throw this.wanted.error ?? new Error(`Temporal refuses ${message}`);
    this.said.push(message);
    this.onSaid();
  }
}

const relayOnce = (temporal: FakeTemporal, pool = test.pool) =>
  relayBatch({ pool, temporal: temporal.asClient(), log });

async function relayAll(temporal: FakeTemporal, pool = test.pool): Promise<void> {
  while ((await relayOnce(temporal, pool)) > 0);
}

async function dispatchAll(): Promise<void> {
  while ((await dispatchNext({ database: test.database, log })) > 0);
}

async function againAndPause(temporal: FakeTemporal): Promise<number> {
  await makeDue('outbox');
  await relayOnce(temporal);
  return pauseOf('outbox');
}

const say = (message: Parameters<typeof sendLater>[1]) =>
  test.database.transaction((tx) => sendLater(tx, message));

const start = (workflowId: string): StartMessage => ({
  kind: 'start',
  life: 'auction',
  workflowId,
  input: { auctionId: workflowId },
  summary: 'Auction of a clock',
  attributes: {},
});

async function receive(provider: string, eventId: string, type: string, body: object) {
  await test.pool.query(
    'INSERT INTO inbox (provider, event_id, event_type, body) VALUES ($1, $2, $3, $4)',
    [provider, eventId, type, JSON.stringify(body)],
  );
}

async function sentDocument(): Promise<{ documentId: string }> {
  return { documentId: await rows.erpDocument(await rows.auction(), 'sent') };
}

const acknowledgement = (documentId: string) => ({
  eventId: 'event',
  documentId,
  revision: 1,
  reference: 'ERP-1',
  outcome: 'acknowledged',
});

const column = async (query: string): Promise<unknown[]> =>
  (await test.pool.query<{ value: unknown }>(query)).rows.map(({ value }) => value);

const states = () => column('SELECT state AS value FROM outbox ORDER BY id');
const inboxStates = () => column('SELECT state AS value FROM inbox ORDER BY id');
const told = () => column('SELECT workflow_id AS value FROM outbox ORDER BY id');
const makeDue = (box: string) => test.pool.query(`UPDATE ${box} SET next_attempt_at = now()`);

async function stateOf(documentId: string): Promise<unknown> {
  const query = `SELECT state AS value FROM erp_document WHERE id = '${documentId}'`;
  return (await column(query))[0];
}

async function pauseOf(box: string): Promise<number> {
  const query = `SELECT extract(epoch FROM next_attempt_at - now())::float AS value FROM ${box}`;
  return (await column(query))[0] as number;
}

async function theOne(box: string, where = 'true'): Promise<unknown> {
  const { rows: found } = await test.pool.query(`SELECT * FROM ${box} WHERE ${where}`);
  expect(found).toHaveLength(1);
  return found[0];
}
