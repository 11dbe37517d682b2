import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startApi, type TestApi } from '../support/api.ts';
import { LiveHouse } from '../support/live-house.ts';

/** For all of a house: GAVEL_POISONED_SALES=1000 GAVEL_HEALTHY_SALES=100. */
const POISONED = Number(process.env.GAVEL_POISONED_SALES ?? 120);
const HEALTHY = Number(process.env.GAVEL_HEALTHY_SALES ?? 12);
const PATIENCE = { timeout: 60_000 + POISONED * 150, interval: 250 };
/** They all begin at once, and the development server starts some 60 workflows a second. */
const OPEN_FOR_MS = 2_000 + HEALTHY * 100;
/** How late a healthy sale may close, on a machine that does other things, too. */
const CLOSES_WITHIN_S = 10;

const NO_DATE = 'A time of 999999999 days leads to no date: its policy is wrong';
const NO_WINNER =
  'null value in column "bidder_id" of relation "offer" violates not-null constraint';

let house: LiveHouse;
let api: TestApi;
let operator: string;

beforeAll(async () => {
  house = await LiveHouse.open();
  api = await startApi(house.test);
  operator = await api.token('otto', ['operator']);
});
afterAll(async () => {
  await api?.close();
  await house?.close();
});

describe('sales that cannot go on', () => {
  beforeAll(async () => {
    for (let i = 0; i < POISONED; i++) await (i % 2 ? saleWithoutDate() : saleWithoutWinner());
    await house.start();
  });

  it(
    'do not hold up those that can, which open, close, are paid and settled in their time',
    async () => {
      await vi.waitFor(async () => expect(await stuck()).toBe(POISONED), PATIENCE);
      for (let i = 0; i < HEALTHY; i++) await healthySale();

      await vi.waitFor(async () => expect(await healthyStates()).toEqual(['settled']), PATIENCE);
      expect(Number(await latestClose())).toBeLessThan(CLOSES_WITHIN_S);
      expect(await stuck()).toBe(POISONED);
    },
    PATIENCE.timeout * 3,
  );

  it('are listed by their causes, and each cause is told once', async () => {
    const { json } = await api.get('/v1/stuck-steps/causes', { token: operator });
    expect(json.items.map(({ cause, steps }) => [cause, steps]).sort()).toEqual([
      [NO_DATE, Math.floor(POISONED / 2)],
      [NO_WINNER, Math.ceil(POISONED / 2)],
    ]);
    const notices = await house.query<{ text: string }>(
      `SELECT text FROM notice WHERE kind = 'step_stuck' AND recipient_id = 'operators'`,
    );
    expect(notices.map(({ text }) => text).sort()).toEqual([
      expect.stringContaining(`The step extendOffer cannot succeed: ${NO_WINNER}`),
      expect.stringContaining(`The step openPayment cannot succeed: ${NO_DATE}`),
    ]);
    const page = await api.get(`/v1/stuck-steps?cause=${encodeURIComponent(NO_DATE)}&limit=1`, {
      token: operator,
    });
    expect(page.json.items[0]).toMatchObject({ step: 'openPayment', state: 'stuck' });
    expect(page.json.next).not.toBeNull();
  });

  it('are ended by an operator where nothing is lost, and end unsold and visibly failed', async () => {
    const id = await aStuck(NO_WINNER);
    const { status, json } = await post(`/v1/stuck-steps/${id}/end`, { reason: 'never sold' });
    expect({ status, state: json.state }).toEqual({ status: 200, state: 'ended' });
    const workflowId = json.workflowId as string;
    await vi.waitFor(async () => expect(await house.statusOf(workflowId)).toBe('FAILED'), PATIENCE);
    const [auction] = await house.query(`SELECT state, unsold_reason FROM auction WHERE id = $1`, [
      workflowId.split(':')[1],
    ]);
    expect(auction).toEqual({ state: 'unsold', unsold_reason: 'ended_by_house' });
    const audit = await api.get(`/v1/audit?subjectId=${id}`, { token: operator });
    expect(audit.json.items).toContainEqual(
      expect.objectContaining({ event: 'end', actorId: 'otto', reason: 'never sold' }),
    );
  });

  it('are not ended where a buyer may be about to pay, and the refusal says what to do', async () => {
    const id = await aStuck(NO_DATE);
    const { status, json } = await post(`/v1/stuck-steps/${id}/end`, { reason: 'enough' });
    expect({ status, code: json.code }).toEqual({ status: 409, code: 'not_to_be_ended' });
    expect(json.detail).toMatch(/POST \/v1\/offers\/[-0-9a-f]{36}\/withdraw/);
  });

  it(
    'go on at once when their cause is mended and an operator has them all tried again',
    async () => {
      const before = await stuck();
      await house.query(
        `UPDATE auction SET leader_id = 'anna', leader_maximum_minor = 40000
         WHERE leader_id IS NULL AND state = 'awarded'`,
      );
      const answer = await post('/v1/stuck-steps/retry', { cause: NO_WINNER, reason: 'mended' });
      const retried = answer.json.retried as number;
      expect(retried).toBe(Math.ceil(POISONED / 2) - 1);
      await vi.waitFor(async () => expect(await stuck()).toBe(before - retried), PATIENCE);
      await vi.waitFor(async () => expect(await paid()).toBeGreaterThanOrEqual(retried), PATIENCE);
    },
    PATIENCE.timeout * 2,
  );
});

describe('a sale whose workflow was cut short', () => {
  beforeAll(() => void (house.buyersWait = true));

  it('goes on from where it stands when an operator replays the message that began it', async () => {
    const auctionId = await house.rows.wonAuction({ policy: QUICK });
    const workflowId = `reassignment:${auctionId}`;
    await house.begins('reassignment', auctionId, { auctionId });
    await vi.waitFor(async () => expect(await ordersOf(auctionId)).toBe(1), PATIENCE);
    await house.temporal.workflow.getHandle(workflowId).terminate('by mistake');

    const [message] = await house.query<{ id: number }>(
      'SELECT id FROM outbox WHERE workflow_id = $1',
      [workflowId],
    );
    await post(`/v1/messages/outbox/${message!.id}/replay`, {});
    await vi.waitFor(
      async () => expect(await house.statusOf(workflowId)).toBe('RUNNING'),
      PATIENCE,
    );

    house.buyersWait = false; // The payment's own workflow has gone on meanwhile.
    await vi.waitFor(async () => expect(await stateOf(auctionId)).toBe('settled'), PATIENCE);
    await house.temporal.workflow.getHandle(workflowId).signal('lookAgain');
    expect(await house.temporal.workflow.getHandle(workflowId).result()).toBe('paid');
  });

  it('is left alone by a replay when it has come to its end', async () => {
    const [{ id, workflow_id }] = (await house.query(
      `SELECT id, workflow_id FROM outbox WHERE workflow_id LIKE 'reassignment:%'
       ORDER BY id DESC LIMIT 1`,
    )) as [{ id: number; workflow_id: string }];
    const before = await house.temporal.workflow.getHandle(workflow_id).describe();
    expect(before.status.name).toBe('COMPLETED');
    await post(`/v1/messages/outbox/${id}/replay`, {});
    await vi.waitFor(
      async () =>
        expect(await house.query('SELECT state FROM outbox WHERE id = $1', [id])).toEqual([
          { state: 'relayed' },
        ]),
      PATIENCE,
    );
    const after = await house.temporal.workflow.getHandle(workflow_id).describe();
    expect(after.runId).toBe(before.runId);
  });
});

/** A sale of a few seconds. */
const QUICK = {
  paymentWindow: 'PT10M',
  reminders: [],
  inspection: 'PT0S',
  longestHold: 'PT1S',
  softClose: null,
};
const HEALTHY_SELLER = 'sara';

async function saleWithoutDate(): Promise<void> {
  const auctionId = await house.rows.wonAuction({ policy: { paymentWindow: 'P999999999D' } });
  await house.begins('reassignment', auctionId, { auctionId });
}

async function saleWithoutWinner(): Promise<void> {
  const auctionId = await house.rows.wonAuction({ policy: QUICK });
  await house.query(
    'UPDATE auction SET leader_id = NULL, leader_maximum_minor = NULL WHERE id = $1',
    [auctionId],
  );
  await house.begins('reassignment', auctionId, { auctionId });
}

async function healthySale(): Promise<void> {
  const wanted = { sellerId: HEALTHY_SELLER, policy: QUICK, closesInMs: OPEN_FOR_MS };
  const auctionId = await house.rows.wonAuction(wanted);
  await house.rows.force('auction', auctionId, 'scheduled');
  await house.begins('auction', auctionId, { auctionId });
}

const post = (path: string, body: object) => api.post(path, { token: operator, body });

async function one<Value>(text: string, values: unknown[] = []): Promise<Value> {
  const [row] = await house.query<{ value: Value }>(text, values);
  return row!.value;
}

const stuck = () => one<number>(`SELECT count(*) AS value FROM stuck_step WHERE state = 'stuck'`);
const aStuck = (cause: string) =>
  one<string>(`SELECT id AS value FROM stuck_step WHERE cause = $1 AND state = 'stuck' LIMIT 1`, [
    cause,
  ]);
const paid = () =>
  one<number>(
    `SELECT count(*) AS value FROM payment JOIN auction ON auction.id = auction_id
     WHERE captured_at IS NOT NULL AND auction.seller_id <> $1`,
    [HEALTHY_SELLER],
  );
const stateOf = (auctionId: string) =>
  one<string>('SELECT state AS value FROM auction WHERE id = $1', [auctionId]);
const ordersOf = (auctionId: string) =>
  one<number>(
    `SELECT count(*) AS value FROM payment
     WHERE auction_id = $1 AND paypal_order_id IS NOT NULL`,
    [auctionId],
  );
const healthyStates = () =>
  one<string[]>(
    'SELECT array_agg(DISTINCT state ORDER BY state) AS value FROM auction WHERE seller_id = $1',
    [HEALTHY_SELLER],
  );
const latestClose = () =>
  one<string>(
    `SELECT max(extract(epoch FROM at - closes_at)) AS value
     FROM transition JOIN auction ON auction.id::text = subject_id AND to_state = 'closed'
     WHERE seller_id = $1`,
    [HEALTHY_SELLER],
  );
