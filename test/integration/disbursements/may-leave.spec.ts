import { MockActivityEnvironment } from '@temporalio/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDisbursementActivities } from '../../../src/activities/disbursement/disbursement.activities.ts';
import type { ReleaseOutcome } from '../../../src/activities/disbursement/release-ways.ts';
import { Disbursement } from '../../../src/database/entities/index.ts';
import { disbursementLifecycle } from '../../../src/domain/disbursement/lifecycle.ts';
import type { DisbursementState } from '../../../src/domain/disbursement/lifecycle.ts';
import type { PayPal } from '../../../src/integrations/paypal/index.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { Rows } from '../../support/rows.ts';

// The workflow's two steps, look and release, over every combination of what they decide by: whatever the
// first says, the second does not contradict, and the workflow always comes to wait for something.

let test: TestDatabase;
let rows: Rows;
let paymentId: string;
let id: string;
let answer: ReleaseOutcome;
let asked = 0;

const step = new MockActivityEnvironment();
const paypal = {
  referencedPayouts: {
    release: () => ask(),
    get: () => ask(),
  },
  captures: { get: () => Promise.resolve({ status: 'completed' }) },
};
const ask = () => {
  asked += 1;
  return Promise.resolve(
    answer.outcome === 'pending' ? { ...answer, item: { itemId: 'P', status: 'pending' } } : answer,
  );
};

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  const auctionId = await rows.auction({ state: 'awarded' });
  paymentId = await rows.payment(await rows.offer(auctionId), {
    state: 'captured',
    captureId: 'C1',
  });
  id = await rows.disbursement(paymentId);
  await isHeld(auctionId);
});
afterAll(() => test.drop());

const HOUR = 3_600_000;
const moment = fc.constantFrom(-48 * HOUR, -HOUR / 2, 2 * HOUR, 48 * HOUR);
const COMBINATION = fc.record({
  state: fc.constantFrom(...disbursementLifecycle.states),
  heldBy: fc.constant('paypal' as const),
  dueAt: moment,
  lastSafeAt: moment,
  autoReleaseAt: moment,
  nextTryAt: fc.option(moment),
  holdReason: fc.option(fc.constant('in doubt')),
  disputes: fc.constantFrom([], ['open'], ['lost'], ['open', 'lost'], ['appealed', 'won']),
  reversal: fc.option(fc.constantFrom('unexplained', 'recorded')),
  refund: fc.option(fc.constantFrom('requested', 'sending', 'unknown', 'completed', 'failed')),
  answer: fc.constantFrom<ReleaseOutcome>(
    { outcome: 'pending', payoutId: 'P', unclaimed: false },
    { outcome: 'failed', reason: 'INTERNAL_ERROR', retryable: true },
    { outcome: 'failed', reason: 'TRANSACTION_UNDER_DISPUTE', retryable: false },
  ),
});
type Combination = typeof COMBINATION extends fc.Arbitrary<infer T> ? T : never;

/** The case that was found: 28 days and an hour are over, a dispute is open, a refund is under way. */
const FOUND: Combination = {
  state: 'blocked',
  heldBy: 'paypal',
  dueAt: -48 * HOUR,
  lastSafeAt: -48 * HOUR,
  autoReleaseAt: -48 * HOUR,
  nextTryAt: null,
  holdReason: null,
  disputes: ['open'],
  reversal: null,
  refund: 'requested',
  answer: { outcome: 'pending', payoutId: 'P', unclaimed: false },
};

describe('whether money may leave', () => {
  it(
    'is answered alike by look and release, and a workflow that asks both never spins',
    { timeout: 300_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(COMBINATION, async (combination) => {
          await comesTo(combination);
          await expectAgreement();
          await comesTo(combination);
          await expectToWait();
        }),
        { numRuns: 250, examples: [[FOUND]] },
      );
    },
  );
});

/** What is due is asked of PayPal; what waits is not, and says until when, or that a refund must end. */
async function expectAgreement(): Promise<void> {
  const look = await lookAt();
  const before = await state();
  asked = 0;
  const released = await release();
  if (look.done && look.state === 'due') {
    expect(asked, 'look said due, and PayPal was not asked').toBe(1);
    return;
  }
  expect(asked, 'look said no, and PayPal was asked').toBe(0);
  expect(released).toBe(before);
  if (look.done) expect(disbursementLifecycle.final).toContain(look.state);
  else if (look.waitMs === null) expect(await refundIsUnderWay()).toBe(true);
  else expect(look.waitMs).toBeGreaterThan(0);
}

/** As the workflow does: look, release, look again. */
async function expectToWait(): Promise<void> {
  for (let rounds = 0; rounds < 3; rounds += 1) {
    const look = await lookAt();
    if (!look.done || look.state !== 'due') return;
    if ((await release()) === 'releasing') return;
  }
  expect.fail(`it spins as ${await state()}`);
}

const activities = () =>
  createDisbursementActivities({ database: test.database, paypal: paypal as unknown as PayPal });
const run = <Answer>(activity: (id: string) => Promise<Answer>): Promise<Answer> =>
  step.run(activity, id);
const lookAt = () => run(activities().lookAtDisbursement);
const release = () => run(activities().release);
const state = async (): Promise<DisbursementState> =>
  (await test.database.manager.findOneByOrFail(Disbursement, { id })).state;

async function refundIsUnderWay(): Promise<boolean> {
  const { rowCount } = await test.pool.query(
    `SELECT FROM refund WHERE payment_id = $1 AND state NOT IN ('completed', 'failed')`,
    [paymentId],
  );
  return rowCount! > 0;
}

async function comesTo(given: Combination): Promise<void> {
  answer = given.answer;
  await test.pool.query('DELETE FROM refund');
  await test.pool.query('DELETE FROM dispute');
  await test.pool.query('DELETE FROM reversal');
  await test.pool.query(
    `UPDATE disbursement SET due_at = now() + $2 * interval '1 ms',
            last_safe_at = now() + $3 * interval '1 ms',
            auto_release_at = now() + $4 * interval '1 ms',
            next_try_at = now() + $5::float8 * interval '1 ms', hold_reason = $6,
            failure_reason = 'INTERNAL_ERROR', failures = 1, payout_item_id = NULL
     WHERE id = $1`,
    [id, given.dueAt, given.lastSafeAt, given.autoReleaseAt, given.nextTryAt, given.holdReason],
  );
  await rows.force('disbursement', id, given.state);
  for (const [i, there] of given.disputes.entries()) {
    await rows.force('dispute', await rows.dispute(paymentId, `PP-D-${i}`), there);
  }
  if (given.refund) await rows.force('refund', await rows.refund(paymentId), given.refund);
  if (given.reversal) {
    await test.pool.query(
      `INSERT INTO reversal (payment_id, paypal_id, event_type, state, explained_at)
       VALUES ($1, 'R1', 'PAYMENT.CAPTURE.REVERSED', $2,
               CASE WHEN $2 <> 'unexplained' THEN now() END)`,
      [paymentId, given.reversal],
    );
  }
}

/** PayPal refuses to pay out nothing. */
async function isHeld(auctionId: string): Promise<void> {
  await test.pool.query(
    `WITH t AS (INSERT INTO ledger_transaction (kind, subject_id, auction_id, posted_at)
                VALUES ('capture', $2, $1, clock_timestamp()) RETURNING id)
     INSERT INTO ledger_entry (transaction_id, account, currency, amount_minor)
     SELECT id, account, 'EUR', minor FROM t,
       (VALUES ('buyer:bidder', -115000), ('seller:seller:held', 115000)) AS entry (account, minor)`,
    [auctionId, paymentId],
  );
}
