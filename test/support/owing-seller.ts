import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { createDisbursementActivities } from '../../src/activities/disbursement/disbursement.activities.ts';
import { createDisputeActivities } from '../../src/activities/dispute/dispute.activities.ts';
import { createPaymentActivities } from '../../src/activities/payment/payment.activities.ts';
import { createReassignmentActivities } from '../../src/activities/reassignment/reassignment.activities.ts';
import { recordRefund } from '../../src/activities/refund/record-refund.ts';
import { createRefundActivities } from '../../src/activities/refund/refund.activities.ts';
import { Disbursement, Dispute, Payment, Refund } from '../../src/database/entities/index.ts';
import type { Policy } from '../../src/domain/policy/policy.ts';
import { startHarness, type Harness } from '../../simulators/paypal/harness.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { Rows } from './rows.ts';

/** Of the 460.00 that each buyer pays: a premium of 60.00 and a commission of 40.00. */
export const SELLERS_PART = 36_000;

/** The seller's part of so much given back. */
export const partOf = (refundMinor: number): number =>
  refundMinor - Math.floor((refundMinor * 10_000) / 46_000);

/**
 * For a spec: a database, and for each test another seller, who owes nothing yet, and another PayPal;
 * `use` is given them before each.
 */
export function owingSellers(
  holder: 'paypal' | 'house',
  use: (given: { test: TestDatabase; rows: Rows; seller: OwingSeller }) => void,
): void {
  let test: TestDatabase;
  let rows: Rows;
  beforeAll(async () => {
    test = await createTestDatabase();
    rows = new Rows(test.pool);
  });
  beforeEach(async () => {
    const harness = await startHarness();
    const seller = new OwingSeller(test, rows, harness);
    await seller.isHeldBy(holder);
    use({ test, rows, seller });
    return () => harness.close();
  });
  afterAll(() => test.drop());
}

/** A seller whose sales are paid, released and refunded step by step, and who comes to owe the house. */
export class OwingSeller {
  readonly id = `seller-${randomUUID()}`;
  // Some attempts are to fail: a warning would hide what is not.
  private readonly step = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  private readonly payments;
  private readonly disbursements;
  private readonly refunds;
  private readonly disputes;

  constructor(
    private readonly test: TestDatabase,
    private readonly rows: Rows,
    readonly harness: Harness,
  ) {
    const { database } = test;
    const { paypal } = harness;
    this.payments = createPaymentActivities({
      database,
      paypal,
      returnUrl: 'https://shop.example/paid',
    });
    this.disbursements = createDisbursementActivities({ database, paypal });
    this.refunds = createRefundActivities({ database, paypal });
    this.disputes = createDisputeActivities({ database, paypal });
  }

  /** From now on PayPal holds the money of the seller's sales, or the house does. */
  async isHeldBy(holder: 'paypal' | 'house'): Promise<void> {
    const byPayPal = holder === 'paypal';
    const delayedDisbursement = byPayPal ? 'enabled' : 'notEnabled';
    await this.harness.control('PUT', 'sellers/MERCHANT1', { delayedDisbursement });
    await this.test.pool.query('UPDATE seller SET delayed_disbursement = $2 WHERE id = $1', [
      this.id,
      byPayPal,
    ]);
  }

  /** From now on nothing is left of what PayPal has paid the seller; or there is enough again. */
  goesBroke = (funds = 'empty') => this.harness.control('PUT', 'sellers/MERCHANT1', { funds });

  /** The house has refunded so much of a sale that PayPal had released; gives what the seller owes for it. */
  async comesToOwe(refundMinor: number): Promise<number> {
    const before = await this.owes();
    const undone = await this.released(
      await this.dueDisbursement({ whenSellerCannotRefund: 'housePays', netReceivables: 'never' }),
    );
    await this.goesBroke();
    await this.refunded(undone, refundMinor);
    await this.goesBroke('ample');
    return (await this.owes()) - before;
  }

  /** A sale of the seller's for 400.00; gives its payment, for which no order is open yet. */
  async sale(policy: Partial<Policy> = {}): Promise<string> {
    const auctionId = await this.rows.wonAuction({
      sellerId: this.id,
      currency: 'USD',
      policy: { withoutDelayedDisbursement: 'holdInHouseAccount', ...policy },
    });
    const reassignment = createReassignmentActivities({ database: this.test.database });
    const offer = await this.run(reassignment.extendOffer, auctionId);
    return (await this.run(reassignment.openPayment, offer!.offerId))!.paymentId;
  }

  openOrder = (paymentId: string) => this.run(this.payments.openOrder, paymentId);
  lookAtPayment = (paymentId: string) => this.run(this.payments.lookAtPayment, paymentId);
  capture = (paymentId: string) => this.run(this.payments.capture, paymentId);

  async approve(paymentId: string, source = 'good'): Promise<void> {
    const { paypalOrderId } = await this.payment(paymentId);
    await this.harness.control('POST', `orders/${paypalOrderId}/approve`, { source });
    await this.lookAtPayment(paymentId);
  }

  /** Opens an order for a sale that has none, and sees it paid; gives the disbursement. */
  async paid(paymentId: string): Promise<Disbursement> {
    await this.openOrder(paymentId);
    await this.approve(paymentId);
    expect(await this.capture(paymentId)).toBe('captured');
    return this.test.database.manager.findOneByOrFail(Disbursement, { paymentId });
  }

  /** A sale, paid for, whose money is to leave now. */
  async dueDisbursement(policy: Partial<Policy> = {}): Promise<Disbursement> {
    const { id } = await this.paid(await this.sale(policy));
    await this.rows.force('disbursement', id, 'due');
    return this.disbursement(id);
  }

  release = (id: string) => this.run(this.disbursements.release, id);

  /** Sees a release through. */
  async released({ id }: Pick<Disbursement, 'id'>): Promise<Disbursement> {
    if ((await this.release(id)) === 'releasing') {
      await this.harness.control('POST', 'clock', { advanceHours: 1 });
      expect(await this.release(id)).toBe('released');
    }
    return this.disbursement(id);
  }

  /** Asks for a refund of so much; gives its id. */
  async refund(paymentId: string, amountMinor: number): Promise<string> {
    const refundId = await this.rows.refund(paymentId);
    await this.test.database.manager.update(Refund, { id: refundId }, { amountMinor });
    return refundId;
  }

  sendRefund = (refundId: string) => this.run(this.refunds.sendRefund, refundId);

  /** Refunds so much of a sale, however often PayPal must be asked; gives the refund's id. */
  async refunded({ paymentId }: Pick<Disbursement, 'paymentId'>, amountMinor: number) {
    const refundId = await this.refund(paymentId, amountMinor);
    await this.seesThrough(refundId);
    return refundId;
  }

  async seesThrough(refundId: string): Promise<void> {
    for (let looks = 0; looks < 3; looks += 1) {
      if ((await this.sendRefund(refundId)) === 'completed') return;
      await this.harness.control('POST', 'clock', { advanceHours: 1 });
    }
    expect((await this.refundRow(refundId)).state).toBe('completed');
  }

  /** PayPal itself gives so much back to the buyer, as it does when a dispute is lost. */
  async loses(paymentId: string, amountMinor: number): Promise<void> {
    const refundId = await this.refund(paymentId, amountMinor);
    await this.rows.force('refund', refundId, 'sending');
    const { database } = this.test;
    await this.run((id) => database.transaction((tx) => recordRefund(tx, id, {})), refundId);
  }

  /** The buyer of a sale disputes it at PayPal, and Gavel hears of it; gives PayPal's id of the dispute. */
  async isDisputed({ paymentId }: Pick<Disbursement, 'paymentId'>, amountMinor?: number) {
    const { captureId } = await this.payment(paymentId);
    const path = `captures/${captureId}/dispute`;
    const asked = { amountMinor };
    const { disputeId } = await this.harness.control<{ disputeId: string }>('POST', path, asked);
    await this.lookAtDispute(disputeId);
    return disputeId;
  }

  /** PayPal decides a dispute, for the buyer unless said otherwise, and Gavel hears of it. */
  async endsDispute(disputeId: string, outcome = 'RESOLVED_BUYER_FAVOUR'): Promise<void> {
    await this.harness.control('POST', `disputes/${disputeId}/resolve`, { outcome });
    await this.lookAtDispute(disputeId);
  }

  lookAtDispute = (id: string) => this.run(this.disputes.lookAtDispute, id);

  dispute = (paypalDisputeId: string) =>
    this.test.database.manager.findOneByOrFail(Dispute, { paypalDisputeId });
  payment = (id: string) => this.test.database.manager.findOneByOrFail(Payment, { id });
  disbursement = (id: string) => this.test.database.manager.findOneByOrFail(Disbursement, { id });
  refundRow = (id: string) => this.test.database.manager.findOneByOrFail(Refund, { id });

  /** What the seller owes the house. */
  owes = async (): Promise<number> => 0 - (await this.balanceOf(`seller:${this.id}:credit`));
  /** What the seller has been paid, by the ledger. */
  has = () => this.balanceOf(`seller:${this.id}`);

  async balanceOf(account: string): Promise<number> {
    const { rows: found } = await this.test.pool.query<{ minor: number }>(
      `SELECT balance_minor AS minor FROM ledger_balance WHERE account = $1 AND currency = 'USD'`,
      [account],
    );
    return found[0]?.minor ?? 0;
  }

  /** What somebody, by default the seller, was told about a subject. */
  async hears(subjectId: string, recipientId = this.id): Promise<string> {
    const { rows: found } = await this.test.pool.query<{ text: string }>(
      'SELECT text FROM notice WHERE recipient_id = $1 AND subject_id = $2 ORDER BY id',
      [recipientId, subjectId],
    );
    return found.map(({ text }) => text).join(' ');
  }

  /** What happened to the money at PayPal, in all and by request. */
  effects() {
    return this.harness.control<{ totals: Counts; byRequestId: Partial<Record<string, Counts>> }>(
      'GET',
      'effects',
    );
  }

  /** What PayPal has paid out in all. */
  paidOut = async () => (await this.effects()).totals.payout?.amountMinor ?? 0;

  fault = (plan: object) =>
    this.harness.control('POST', 'faults', {
      operation: 'batchPayouts.create',
      times: 1,
      ...plan,
    });

  /** Runs a step as an activity of some workflow. */
  run<Answer>(activity: (id: string) => Promise<Answer>, id: string): Promise<Answer> {
    return this.step.run(activity, id);
  }
}

interface Counts {
  readonly payout?: { count: number; amountMinor: number };
}
