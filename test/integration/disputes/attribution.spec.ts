import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDisputeActivities } from '../../../src/activities/dispute/dispute.activities.ts';
import { Disbursement, Dispute } from '../../../src/database/entities/index.ts';
import type { DisputeState } from '../../../src/domain/dispute/lifecycle.ts';
import type { Look } from '../../../src/activities/runtime/context.ts';
import { Disputes } from '../../../src/integrations/paypal/disputes.ts';
import type { PayPalHttp } from '../../../src/integrations/paypal/http/http.ts';
import type { PayPal } from '../../../src/integrations/paypal/index.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { Rows } from '../../support/rows.ts';

// PayPal's document calls every field of a dispute optional but its id, as far as whoever reads it can rely
// on: whatever is left out, a dispute about a sale of ours blocks its money.

let test: TestDatabase;
let rows: Rows;
let paymentId: string;
let disbursementId: string;
let nth = 0;

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
});
beforeEach(async () => {
  nth += 1;
  const offer = await rows.offer(await rows.auction({ state: 'awarded' }));
  const orderId = `ORDER-${nth}`;
  const captureId = `CAPTURE-${nth}`;
  paymentId = await rows.payment(offer, { state: 'captured', orderId, captureId });
  disbursementId = await rows.disbursement(paymentId);
});
afterAll(() => test.drop());

describe('a dispute', () => {
  it.each([
    ['the seller’s transaction', () => ({ seller_transaction_id: `CAPTURE-${nth}` })],
    ['the partner’s transaction', () => ({ reference_id: `CAPTURE-${nth}` })],
    ['the order', () => ({ reference_id: `ORDER-${nth}` })],
    ['our id of the payment', () => ({ custom: paymentId })],
    ['the invoice', () => ({ invoice_number: paymentId })],
    ['the invoice of a later order', () => ({ invoice_number: `${paymentId}-3` })],
    [
      'the buyer’s transaction, of which PayPal has reported',
      () => ({ buyer_transaction_id: 'B' }),
    ],
  ])('blocks the money, though PayPal names nothing but %s', async (_, ids) => {
    await reported('B', paymentId);
    await look({ dispute_id: `PP-${nth}`, disputed_transactions: [ids()] });
    expect(await held()).toBe('blocked');
    expect(await dispute()).toMatchObject({ paymentId, amountMinor: null, state: 'open' });
  });

  it.each([
    'create_time',
    'update_time',
    'status',
    'reason',
    'dispute_life_cycle_stage',
    'dispute_amount',
    'seller_response_due_date',
    'money_movements',
    'links',
  ])('blocks the money without its %s', async (field) => {
    await look(without(field));
    expect(await held()).toBe('blocked');
  });

  it('in a currency that is not known, or of an amount that cannot be read, blocks the money', async () => {
    await look({ ...whole(), dispute_amount: { currency_code: 'XXX', value: 'lots' } });
    expect(await held()).toBe('blocked');
  });

  it('about no payment that is known is told once, and shown', async () => {
    const stranger = { ...whole(), disputed_transactions: [{ seller_transaction_id: 'ELSE' }] };
    expect(await look(stranger)).toMatchObject({ done: false });
    await look(stranger);
    expect(await dispute()).toMatchObject({ paymentId: null, state: 'open' });
    expect(await notices('dispute_unclear')).toEqual([expect.stringContaining('ELSE')]);
    expect(await look({ ...stranger, status: 'RESOLVED' })).toMatchObject({ state: 'lost' });
  });

  it('about no payment at first is taken up as soon as its payment is known', async () => {
    await look({ ...whole(), disputed_transactions: undefined });
    expect(await held()).toBe('held');
    await look(whole());
    expect(await held()).toBe('blocked');
    expect(await notices('dispute_opened')).toHaveLength(1);
  });

  it('that is lost for an amount that PayPal does not say keeps the money until it does', async () => {
    await look(whole());
    const lost = { ...whole(), status: 'RESOLVED' };
    const outcome = { outcome_code: 'RESOLVED_BUYER_FAVOUR' };
    expect(await look({ ...lost, dispute_outcome: outcome })).toMatchObject({ done: false });
    expect(await held()).toBe('blocked');
    expect(await notices('dispute_unclear')).toEqual([expect.stringContaining('how much')]);
  });

  it('that is answered late does not open again what has ended meanwhile', async () => {
    await look(whole());
    const outcome = { outcome_code: 'RESOLVED_SELLER_FAVOUR' };
    const later = { update_time: '2026-11-02T00:00:00Z', status: 'RESOLVED' };
    await look({ ...whole(), ...later, dispute_outcome: outcome });
    expect(await held()).toBe('held');
    await look(whole());
    expect(await dispute()).toMatchObject({ state: 'won' });
    expect(await held()).toBe('held');
  });
});

const whole = (): Record<string, unknown> => ({
  dispute_id: `PP-${nth}`,
  create_time: '2026-11-01T00:00:00Z',
  update_time: '2026-11-01T00:00:00Z',
  status: 'OPEN',
  reason: 'UNAUTHORISED',
  dispute_life_cycle_stage: 'INQUIRY',
  dispute_amount: { currency_code: 'EUR', value: '10.00' },
  disputed_transactions: [{ seller_transaction_id: `CAPTURE-${nth}` }],
  seller_response_due_date: '2126-12-01T00:00:00Z',
  money_movements: [],
  links: [],
});

const without = (field: string) =>
  Object.fromEntries(Object.entries(whole()).filter(([name]) => name !== field));

/** PayPal answers with this body, and the workflow's step looks. */
function look(body: object): Promise<Look<DisputeState>> {
  const request = (_: string, schema: { parse(body: unknown): unknown }) =>
    Promise.resolve(schema.parse(body));
  const disputes = new Disputes({ request } as unknown as PayPalHttp);
  const paypal = { disputes } as unknown as PayPal;
  const { lookAtDispute } = createDisputeActivities({ database: test.database, paypal });
  const step = (id: string): Promise<Look<DisputeState>> =>
    new MockActivityEnvironment().run(lookAtDispute, id);
  return step(`PP-${nth}`);
}

const held = async (): Promise<string> =>
  (await test.database.manager.findOneByOrFail(Disbursement, { id: disbursementId })).state;

const dispute = () =>
  test.database.manager.findOneByOrFail(Dispute, { paypalDisputeId: `PP-${nth}` });

async function notices(kind: string): Promise<string[]> {
  const { rows: found } = await test.pool.query<{ text: string }>(
    `SELECT text FROM notice
     WHERE recipient_id = 'operators' AND kind = $1 AND subject_id = $2`,
    [kind, (await dispute()).id],
  );
  return found.map(({ text }) => text);
}

const reported = (transactionId: string, id: string) =>
  test.pool.query(
    `INSERT INTO paypal_transaction (transaction_id, event_code, status, amount_minor, currency,
                                     fee_minor, payment_id, initiated_at)
     VALUES ($1, 'T0006', 'success', 115000, 'EUR', 0, $2, now())
     ON CONFLICT (transaction_id, event_code) DO UPDATE SET payment_id = EXCLUDED.payment_id`,
    [transactionId, id],
  );
