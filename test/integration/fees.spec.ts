import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDisbursementActivities } from '../../src/activities/disbursement/disbursement.activities.ts';
import { createPaymentActivities } from '../../src/activities/payment/payment.activities.ts';
import { createReassignmentActivities } from '../../src/activities/reassignment/reassignment.activities.ts';
import { createRefundActivities } from '../../src/activities/refund/refund.activities.ts';
import { Disbursement, ErpDocument, Payment, Refund } from '../../src/database/entities/index.ts';
import type { ErpDocumentKind } from '../../src/domain/erp/erp-document.ts';
import { STANDARD_POLICIES, type Policy } from '../../src/domain/policy/policy.ts';
import type { PayPal } from '../../src/integrations/paypal/index.ts';
import { startHarness, type Harness } from '../../simulators/paypal/harness.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

// What a policy says of fees and tax, from the API to PayPal, the ledger and the ERP's documents.

let test: TestDatabase;
let rows: Rows;
let api: TestApi;
let harness: Harness;
let paypal: PayPal;
let operator: string;
const step = new MockActivityEnvironment();

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  api = await startApi(test);
  operator = await api.token('otto', ['operator']);
  harness = await startHarness();
  paypal = harness.paypal;
});
afterAll(async () => {
  await harness?.close();
  await api?.close();
  await test?.drop();
});

const payments = () =>
  createPaymentActivities({
    database: test.database,
    paypal,
    returnUrl: 'https://shop.example/paid',
  });
const disbursements = () => createDisbursementActivities({ database: test.database, paypal });
const refunds = () => createRefundActivities({ database: test.database, paypal });

describe('a policy', () => {
  it('may have fees in bands and tax by region, and is given back as it was written', async () => {
    const document = {
      ...STANDARD_POLICIES.standard!,
      buyersPremium: [
        { from: 0, share: 2_500 },
        { from: 10_000_000, share: 2_000 },
      ],
      sellersCommissionMinimumMinor: 5_000,
      ...TAXED,
    };
    const written = await api.post('/v1/policies/bands', { token: operator, body: document });
    expect(written).toMatchObject({ status: 200, json: { version: 1, document } });
  });

  it('is refused, with the place of the fault, when its tax has no default region', async () => {
    const body = {
      ...STANDARD_POLICIES.standard!,
      premiumTax: { shares: { DE: 1_900 }, defaultRegion: 'FR' },
    };
    const refused = await api.post('/v1/policies/untaxed', { token: operator, body });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('premiumTax.defaultRegion');
  });

  it('from before these rules is read as one without them', async () => {
    const standard = STANDARD_POLICIES.standard!;
    const later = ['sellersCommissionMinimumMinor', 'premiumTax', 'paypalFeeBorneBy'];
    const old = Object.fromEntries(
      Object.entries(standard).filter(([name]) => !later.includes(name)),
    );
    await test.pool.query(
      `INSERT INTO policy (name, version, document, created_by) VALUES ('old', 1, $1, 'test')`,
      [JSON.stringify(old)],
    );
    const { json } = await api.get('/v1/policies/old', { token: operator });
    expect(json.items[0]!.document).toEqual(standard);
  });
});

describe("a bidder's region", () => {
  it('is set by an operator, and taken back', async () => {
    let etag: string | undefined;
    const write = async (region: unknown) => {
      const headers: Record<string, string> = etag ? { 'if-match': etag } : {};
      const asking = { token: operator, body: { region }, headers };
      const answer = await api.post('/v1/bidders/regina/region', asking);
      etag = (answer.headers.etag as string | undefined) ?? etag;
      return answer;
    };
    const read = async () => (await api.get('/v1/bidders/regina', { token: operator })).json.region;
    expect(await write('US-NY')).toMatchObject({
      status: 200,
      json: { id: 'regina', region: 'US-NY', blockedReason: null, committedMinor: 0 },
    });
    expect(await read()).toBe('US-NY');
    expect((await write('New York')).status).toBe(400);
    await write(null);
    expect(await read()).toBeNull();
  });

  it('stays when the bidder gets a limit', async () => {
    const asking = { token: operator, body: { region: 'DE' } };
    const { headers } = await api.post('/v1/bidders/lena/region', asking);
    const spendingLimit = { amountMinor: 100_000, currency: 'EUR' };
    const limited = await api.post('/v1/bidders/lena', {
      token: operator,
      body: { spendingLimit },
      headers: { 'if-match': String(headers.etag) },
    });
    expect(limited.json).toMatchObject({ region: 'DE', spendingLimit });
  });
});

it('refuses a seller whose ledger account would be another seller’s', async () => {
  const seller = (id: string) => ({ id, name: 'Sara', paypalMerchantId: 'SARASACCOUNT' });
  const write = (id: string) => api.post('/v1/sellers', { token: operator, body: seller(id) });
  expect((await write('sara')).status).toBe(200);
  expect((await write('sara:held')).status).toBe(400);
  expect((await write('sara:credit')).status).toBe(400);
});

describe('tax on the premium', () => {
  it('is that of the buyer’s region when the payment was made, and goes through the house', async () => {
    await setRegion('US-NY');
    const paymentId = await approvedPayment(TAXED);
    await setRegion('DE');
    await capture(paymentId);

    // 15 % premium of 400.00, and 8.875 % of that.
    const payment = await paymentRow(paymentId);
    expect(payment).toMatchObject({
      amountMinor: 46_533,
      premiumTaxMinor: 533,
      premiumTaxRegion: 'US-NY',
      platformFeeMinor: 10_533,
    });
    expect(await linesOf('invoice', paymentId)).toEqual([
      ['4000', 40_000],
      ['4010', 6_000],
      ['2200', 533],
    ]);
    expect(await balancesOf(paymentId)).toEqual({
      'buyer:anna': -46_533,
      'paypal:fees': payment.paypalFeeMinor,
      'house:held': 10_000,
      'house:tax:US-NY:held': 533,
      'seller:seller:held': payment.payoutMinor,
    });
  });

  it('of a buyer whose region nobody knows is that of the policy’s default region', async () => {
    await setRegion(null);
    const paymentId = await approvedPayment(TAXED);
    expect(await paymentRow(paymentId)).toMatchObject({
      premiumTaxRegion: 'DE',
      premiumTaxMinor: 1_140,
    });
  });

  it('goes back in step with refunds, before and after the release, as PayPal shares them', async () => {
    await setRegion('DE');
    const disbursementId = await dueDisbursement(TAXED);
    const { paymentId } = await disbursementRow(disbursementId);
    const { amountMinor, paypalFeeMinor } = await paymentRow(paymentId);

    const first = await refund(paymentId, 3_333);
    await run(disbursements().release, disbursementId);
    const second = await refund(paymentId, 5_555);
    const last = await refund(paymentId, amountMinor - 3_333 - 5_555);

    for (const id of [first, second, last]) {
      const { paypalRefundId } = await test.database.manager.findOneByOrFail(Refund, { id });
      const atPayPal = await paypal.refunds.get(paypalRefundId!);
      expect(await givenByPlatform(id)).toBe(atPayPal.platformFeeMinor);
    }
    expect(await linesOf('credit_note', first)).toEqual([
      ['4090', 3_253],
      ['2200', 80],
    ]);
    expect(await balancesOf(paymentId)).toEqual({
      'paypal:fees': paypalFeeMinor,
      'seller:seller': -paypalFeeMinor!, // PayPal keeps its fee.
    });
  });
});

describe('PayPal’s fee', () => {
  it('borne by the house is owed to the seller from the capture on, and shown on the settlement', async () => {
    const disbursementId = await dueDisbursement({ paypalFeeBorneBy: 'house' });
    expect(await run(disbursements().release, disbursementId)).toBe('released');

    const { paymentId } = await disbursementRow(disbursementId);
    const { paypalFeeMinor, payoutMinor, sellerCreditMinor } = await paymentRow(paymentId);
    const fee = paypalFeeMinor!;
    expect(sellerCreditMinor).toBe(fee);
    expect(await balancesOf(paymentId)).toEqual({
      'buyer:anna': -46_000,
      'paypal:fees': fee,
      house: 10_000 - fee,
      'seller:seller': payoutMinor,
      'seller:seller:credit': fee,
    });
    // In the end the seller has the hammer price less the commission.
    expect(payoutMinor! + fee).toBe(36_000);
    expect(await linesOf('settlement', disbursementId)).toEqual([
      ['4000', 40_000],
      ['4020', -4_000],
      ['6100', -fee],
      ['6100', fee],
      ['2100', -fee],
    ]);
    expect(await noticeOf(disbursementId)).toContain('which we bear');
  });

  it('borne by the house leaves the seller owing nothing when everything is refunded', async () => {
    const disbursementId = await dueDisbursement({ paypalFeeBorneBy: 'house' });
    const { paymentId } = await disbursementRow(disbursementId);
    const { amountMinor, paypalFeeMinor } = await paymentRow(paymentId);
    await refund(paymentId, amountMinor);
    expect(await balancesOf(paymentId)).toEqual({
      'paypal:fees': paypalFeeMinor,
      house: -paypalFeeMinor!,
      'seller:seller': -paypalFeeMinor!,
      'seller:seller:credit': paypalFeeMinor,
    });
  });
});

const TAXED = {
  premiumTax: { shares: { DE: 1_900, 'US-NY': 887.5 }, defaultRegion: 'DE' },
};

/** Runs a step as an activity of some workflow. */
const run = <Answer>(activity: (id: string) => Promise<Answer>, id: string): Promise<Answer> =>
  step.run(activity, id);

const capture = (paymentId: string) => run(payments().capture, paymentId);

/** An auction under this policy, whose winner has approved the PayPal order for 400.00. */
async function approvedPayment(policy: Partial<Policy>): Promise<string> {
  const auctionId = await rows.wonAuction({ policy, currency: 'USD' });
  const reassignment = createReassignmentActivities({ database: test.database });
  const offer = await run(reassignment.extendOffer, auctionId);
  const { paymentId } = (await run(reassignment.openPayment, offer!.offerId))!;
  await run(payments().openOrder, paymentId);
  const { paypalOrderId } = await paymentRow(paymentId);
  await harness.control('POST', `orders/${paypalOrderId}/approve`, { source: 'good' });
  await run(payments().lookAtPayment, paymentId);
  return paymentId;
}

async function dueDisbursement(policy: Partial<Policy>): Promise<string> {
  const paymentId = await approvedPayment(policy);
  expect(await capture(paymentId)).toBe('captured');
  const { id } = await test.database.manager.findOneByOrFail(Disbursement, { paymentId });
  await rows.force('disbursement', id, 'due');
  return id;
}

const disbursementRow = (id: string) => test.database.manager.findOneByOrFail(Disbursement, { id });
const paymentRow = (id: string) => test.database.manager.findOneByOrFail(Payment, { id });

/** Where the money of a payment's sale is; accounts that are empty again are left out. */
async function balancesOf(paymentId: string): Promise<Record<string, number>> {
  const { rows: found } = await test.pool.query<{ account: string; sum: number }>(
    `SELECT account, sum(amount_minor)::bigint AS sum
     FROM ledger_entry JOIN ledger_transaction ON ledger_transaction.id = transaction_id
     WHERE auction_id = (SELECT auction_id FROM payment WHERE id = $1)
     GROUP BY account HAVING sum(amount_minor) <> 0`,
    [paymentId],
  );
  return Object.fromEntries(found.map(({ account, sum }) => [account, sum]));
}

/** What house and tax gave of a refund. */
async function givenByPlatform(refundId: string): Promise<number> {
  const { rows: found } = await test.pool.query<{ minor: number }>(
    `SELECT -sum(amount_minor)::bigint AS minor
     FROM ledger_entry JOIN ledger_transaction ON ledger_transaction.id = transaction_id
     WHERE subject_id = $1 AND account LIKE 'house%'`,
    [refundId],
  );
  return found[0]!.minor;
}

/** The accounts and amounts of a document for the ERP. */
async function linesOf(kind: ErpDocumentKind, subjectId: string): Promise<[string, number][]> {
  const { body } = await test.database.manager.findOneByOrFail(ErpDocument, { kind, subjectId });
  return body.lines.map(({ account, amountMinor }) => [account, amountMinor]);
}

/** Refunds so much, and gives the id of the refund. */
async function refund(paymentId: string, amountMinor: number): Promise<string> {
  const refundId = await rows.refund(paymentId);
  await test.database.manager.update(Refund, { id: refundId }, { amountMinor });
  expect(await run(refunds().sendRefund, refundId)).toBe('completed');
  return refundId;
}

/** Where the bidder of these tests is. */
const setRegion = (region: string | null) =>
  test.pool.query(
    `INSERT INTO bidder_region (bidder_id, region) VALUES ('anna', $1)
     ON CONFLICT (bidder_id) DO UPDATE SET region = EXCLUDED.region`,
    [region],
  );

/** What somebody was told about a subject. */
async function noticeOf(subjectId: string): Promise<string> {
  const { rows: found } = await test.pool.query<{ text: string }>(
    'SELECT text FROM notice WHERE subject_id = $1',
    [subjectId],
  );
  return found[0]!.text;
}
