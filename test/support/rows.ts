import type pg from 'pg';
import type { SubjectKind } from '../../src/domain/lifecycle/index.ts';
import { STANDARD_POLICIES, type Policy } from '../../src/domain/policy/policy.ts';

/** Rows written in plain SQL, so that a test can begin where it wants to. */
export class Rows {
  private readonly policies = new Map<string, Promise<string>>();

  constructor(private readonly pool: pg.Pool) {}

  async seller(id = 'seller'): Promise<string> {
    await this.pool.query(
      `INSERT INTO seller (id, name, paypal_merchant_id) VALUES ($1, $1, 'MERCHANT1')
       ON CONFLICT DO NOTHING`,
      [id],
    );
    return id;
  }

  /** The name under which a policy like the standard one, but for these, is kept. */
  policy(change: Partial<Policy>): Promise<string> {
    const document = JSON.stringify({ ...STANDARD_POLICIES.standard!, ...change });
    // The promise is kept, not the name: who asks meanwhile waits until the row is there.
    const known = this.policies.get(document) ?? this.insertPolicy(document);
    this.policies.set(document, known);
    return known;
  }

  private async insertPolicy(document: string): Promise<string> {
    const name = `policy-${this.policies.size + 1}`;
    await this.pool.query(
      `INSERT INTO policy (name, version, document, created_by) VALUES ($1, 1, $2, 'test')`,
      [name, document],
    );
    return name;
  }

  /** An auction that is open for an hour, unless said otherwise. */
  async auction(wanted: Partial<AuctionWanted> = {}): Promise<string> {
    const given = { ...ORDINARY, ...wanted };
    await this.seller(given.sellerId);
    const policy = given.policy ? await this.policy(given.policy) : 'standard';
    const [{ id }] = await this.insert(
      `WITH piece AS (
         INSERT INTO lot (seller_id, title, commodity_code) VALUES ($1, 'A clock', '9102')
         RETURNING id
       )
       INSERT INTO auction (lot_id, seller_id, policy_name, policy_version, currency,
                            start_price_minor, price_minor, reserve_minor, opens_at, closes_at)
       SELECT id, $1, $2, 1, $6, $3, $3, $4, clock_timestamp() - interval '1 day',
              clock_timestamp() + $5 * interval '1 millisecond'
       FROM piece RETURNING id`,
      [given.sellerId, policy, given.startPrice, given.reserve, given.closesInMs, given.currency],
    );
    await this.force('auction', id, given.state);
    return id;
  }

  /** An auction that a bidder, by default anna, has won for 400.00; nobody has offered it to her yet. */
  async wonAuction(wanted: Partial<AuctionWanted> = {}, winner = 'anna'): Promise<string> {
    const id = await this.auction(wanted);
    await this.pool.query(
      `UPDATE auction SET leader_id = $2, leader_maximum_minor = 40000, price_minor = 40000
       WHERE id = $1`,
      [id, winner],
    );
    await this.force('auction', id, 'awarded');
    return id;
  }

  async offer(auctionId: string, wanted: Partial<OfferWanted> = {}): Promise<string> {
    const given = { bidderId: 'bidder', rank: 1, state: 'extended', ...wanted };
    const [{ id }] = await this.insert(
      `INSERT INTO offer (auction_id, bidder_id, rank, kind, currency, price_minor)
       VALUES ($1, $2, $3, 'winner', 'EUR', 100000) RETURNING id`,
      [auctionId, given.bidderId, given.rank],
    );
    await this.force('offer', id, given.state);
    return id;
  }

  async payment(offerId: string, wanted: Partial<PaymentWanted> = {}): Promise<string> {
    const given = { state: 'created', orderId: null, captureId: null, ...wanted };
    const [{ id }] = await this.insert(
      `INSERT INTO payment (offer_id, auction_id, bidder_id, seller_id, currency, amount_minor,
                            hammer_price_minor, buyers_premium_minor, sellers_commission_minor,
                            platform_fee_minor, pay_until, paypal_order_id, capture_id,
                            captured_at, paypal_fee_minor, payout_minor, payee_merchant_id)
       SELECT offer.id, auction_id, bidder_id, seller_id, 'EUR', 115000, 100000, 15000, 10000, 25000,
              now() + interval '4 days', $2, $3, CASE WHEN $3::text IS NOT NULL THEN now() END,
              3500, 86500, 'MERCHANT1'
       FROM offer JOIN auction ON auction.id = auction_id WHERE offer.id = $1 RETURNING id`,
      [offerId, given.orderId, given.captureId],
    );
    await this.force('payment', id, given.state);
    return id;
  }

  async disbursement(paymentId: string, state = 'held'): Promise<string> {
    const [{ id }] = await this.insert(
      `INSERT INTO disbursement (payment_id, auction_id, seller_id, currency, amount_minor, due_at,
                                 last_safe_at, auto_release_at, alarm_at)
       SELECT id, auction_id, seller_id, currency, payout_minor, now() + interval '21 days',
              now() + interval '27 days', now() + interval '28 days', now() + interval '25 days'
       FROM payment WHERE id = $1 RETURNING id`,
      [paymentId],
    );
    await this.force('disbursement', id, state);
    return id;
  }

  async refund(paymentId: string, wanted: { paypalRefundId?: string } = {}): Promise<string> {
    const [{ id }] = await this.insert(
      `INSERT INTO refund (payment_id, auction_id, currency, amount_minor, reason, paypal_refund_id)
       SELECT id, auction_id, currency, 1000, 'a scratch', $2 FROM payment WHERE id = $1
       RETURNING id`,
      [paymentId, wanted.paypalRefundId],
    );
    return id;
  }

  async dispute(paymentId: string, paypalDisputeId = 'PP-D-1'): Promise<string> {
    const [{ id }] = await this.insert(
      `INSERT INTO dispute (payment_id, paypal_dispute_id, dispute_reason)
       VALUES ($1, $2, 'ITEM_NOT_RECEIVED') RETURNING id`,
      [paymentId, paypalDisputeId],
    );
    return id;
  }

  async erpDocument(auctionId: string, state = 'pending'): Promise<string> {
    const [{ id }] = await this.insert(
      `INSERT INTO erp_document (kind, subject_id, auction_id, body)
       VALUES ('invoice', uuidv7(), $1, $2) RETURNING id`,
      [auctionId, JSON.stringify({ ...INVOICE, references: { auctionId } })],
    );
    await this.force('erp_document', id, state);
    return id;
  }

  async reportRun(): Promise<string> {
    const [{ id }] = await this.insert(
      `INSERT INTO report_run (report, parameters) VALUES ('sales', '{}') RETURNING id`,
    );
    return id;
  }

  async reconciliationRun(): Promise<string> {
    const [{ id }] = await this.insert(
      `INSERT INTO reconciliation_run (from_at, to_at)
       VALUES (now() - interval '31 days', now()) RETURNING id`,
    );
    return id;
  }

  /** PayPal has given back 10.00 more than the ledger knows. */
  async difference(auctionId: string, reference = 'REFUND1'): Promise<string> {
    const [{ id }] = await this.insert(
      `INSERT INTO difference (auction_id, side, subject, reference, kind, currency,
                               expected_minor, found_minor)
       VALUES ($1, 'paypal', 'refund', $2, 'extra', 'EUR', 0, 1000) RETURNING id`,
      [auctionId, reference],
    );
    return id;
  }

  async repair(differenceId: string): Promise<string> {
    const entries = [
      { account: 'seller:seller', amountMinor: -1_000 },
      { account: 'buyer:bidder', amountMinor: 1_000 },
    ];
    const [{ id }] = await this.insert(
      `INSERT INTO repair (difference_id, auction_id, reason, currency, entries, amount_minor,
                           proposed_by)
       SELECT id, auction_id, 'refunded by hand', currency, $2, 1000, 'fiona'
       FROM difference WHERE id = $1 RETURNING id`,
      [differenceId, JSON.stringify(entries)],
    );
    return id;
  }

  async stuckStep(
    wanted: { workflowId?: string; workflowType?: string; step?: string; cause?: string } = {},
  ): Promise<string> {
    const [{ id }] = await this.insert(
      `INSERT INTO stuck_step (workflow_id, run_id, workflow_type, step, cause, tries)
       VALUES ($1, 'run', $2, $3, $4, 3) RETURNING id`,
      [
        wanted.workflowId ?? 'reassignment:0',
        wanted.workflowType ?? 'reassignment',
        wanted.step ?? 'openPayment',
        wanted.cause ?? 'out of reach',
      ],
    );
    return id;
  }

  /** What otto proposes, and olga may have decided. */
  async approval(): Promise<string> {
    const [{ id }] = await this.insert(
      `INSERT INTO approval (kind, subject_id, request, reason, proposed_by, expires_at, decided_by)
       VALUES ('store_credit', 'anna', $1, 'a late delivery', 'otto', now() + interval '7 days', 'olga')
       RETURNING id`,
      [JSON.stringify({ ownerId: 'anna', currency: 'EUR', amountMinor: 20_000 })],
    );
    return id;
  }

  /** A row of each kind that has a lifecycle, all about one sale. */
  async oneOfEach(): Promise<Record<SubjectKind, string>> {
    const auction = await this.auction();
    const offer = await this.offer(auction);
    const payment = await this.payment(offer);
    const difference = await this.difference(auction);
    return {
      auction,
      offer,
      payment,
      disbursement: await this.disbursement(payment),
      refund: await this.refund(payment),
      dispute: await this.dispute(payment),
      erp_document: await this.erpDocument(auction),
      report_run: await this.reportRun(),
      reconciliation_run: await this.reconciliationRun(),
      difference,
      repair: await this.repair(difference),
      stuck_step: await this.stuckStep(),
      approval: await this.approval(),
    };
  }

  /** Puts a row into a state past the guard and unrecorded, as only a superuser can. */
  async force(table: SubjectKind, id: string, state: string): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SET LOCAL session_replication_role = replica');
      await client.query(`UPDATE ${table} SET state = $2 WHERE id = $1`, [id, state]);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
  }

  private async insert(text: string, values: unknown[] = []): Promise<[{ id: string }]> {
    const { rows } = await this.pool.query<{ id: string }>(text, values);
    return rows as [{ id: string }];
  }
}

export interface AuctionWanted {
  state: string;
  sellerId: string;
  currency: string;
  startPrice: number;
  reserve: number | null;
  closesInMs: number;
  /** What is to differ from the standard policy. */
  policy: Partial<Policy> | null;
}

const ORDINARY: AuctionWanted = {
  state: 'open',
  sellerId: 'seller',
  currency: 'EUR',
  startPrice: 1_000,
  reserve: null,
  closesInMs: 3_600_000,
  policy: null,
};

interface OfferWanted {
  bidderId: string;
  rank: number;
  state: string;
}

interface PaymentWanted {
  state: string;
  orderId: string | null;
  captureId: string | null;
}

const INVOICE = {
  currency: 'EUR',
  lines: [{ account: '4000', text: 'Hammer price: A clock', amountMinor: 100_000 }],
  totalMinor: 100_000,
};
