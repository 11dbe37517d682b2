import { batchBody, PAYOUT_FEE_MINOR } from './bodies.ts';
import { transactionId } from './identifiers.ts';
import type { Fault } from './faults.ts';
import { PARTNER } from './order-request.ts';
import { NamedProblem, Problem } from './problems.ts';
import type { BatchRecord } from './records.ts';
import { setTimer } from './timers.ts';
import { recordEffect } from './world.ts';
import type { World } from './world.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long PayPal remembers a sender_batch_id, and how long a payout waits to be claimed. */
const BATCH_ID_LIFETIME_MS = 30 * DAY_MS;
const UNCLAIMED_FOR_MS = 30 * DAY_MS;
const SETTLING_MS = 1_000;

/** A repeated sender_batch_id is refused with a link to the batch that has it. */
export class DuplicateBatch extends Problem {
  constructor(private readonly href: string) {
    super(400, 'USER_BUSINESS_ERROR');
  }

  override body(): object {
    return {
      name: 'USER_BUSINESS_ERROR',
      message: 'User business error.',
      debug_id: this.debugId,
      details: [
        {
          field: 'SENDER_BATCH_ID',
          location: 'body',
          issue: 'Batch with given sender_batch_id already exists',
          link: [{ href: this.href, rel: 'self', method: 'GET' }],
        },
      ],
      links: [],
    };
  }
}

/** https://developer.paypal.com/api/payments.payouts-batch/v1/ */
export function startBatch(
  world: World,
  asked: Pick<
    BatchRecord,
    'senderBatchId' | 'senderItemId' | 'merchantId' | 'amountMinor' | 'currency' | 'note'
  >,
  fault: Fault | undefined,
): BatchRecord {
  const nowMs = world.clock.nowMs();
  const earlier = world.store
    .all('batch')
    .find(
      ({ senderBatchId, createdAtMs }) =>
        senderBatchId === asked.senderBatchId && nowMs - createdAtMs < BATCH_ID_LIFETIME_MS,
    );
  if (earlier) {
    throw new DuplicateBatch(`${world.publicUrl()}/v1/payments/payouts/${earlier.id}`);
  }
  if (world.store.find('seller', PARTNER)?.funds === 'empty') {
    throw new NamedProblem(422, 'INSUFFICIENT_FUNDS');
  }
  const batch: BatchRecord = {
    ...asked,
    id: transactionId().slice(0, 13),
    itemId: transactionId().slice(0, 13),
    createdAtMs: nowMs,
    status: 'PENDING',
  };
  const status = world.store.find('seller', asked.merchantId)?.status ?? 'good';
  if (fault?.kind === 'payout-failed' || status !== 'good') {
    batch.status = 'FAILED';
    batch.error = fault?.reason ?? 'RECEIVER_ACCOUNT_LOCKED';
  } else if (fault?.kind === 'payout-unclaimed') {
    batch.status = 'UNCLAIMED';
    batch.error = 'RECEIVER_UNREGISTERED';
    setTimer(world, nowMs + UNCLAIMED_FOR_MS, 'batchReturns', batch.id);
  } else {
    setTimer(world, nowMs + (fault?.delayMs ?? SETTLING_MS), 'batchSettles', batch.id);
  }
  world.store.save('batch', batch);
  if (batch.status !== 'PENDING') announce(world, batch);
  return batch;
}

/** The seller has the money, and the partner has paid for it. */
export function settleBatch(world: World, batchId: string): void {
  const batch: BatchRecord = {
    ...world.store.find('batch', batchId)!,
    status: 'SUCCESS',
    error: undefined,
    transactionId: transactionId(),
  };
  world.store.save('batch', batch);
  const { amountMinor, currency, senderBatchId, senderItemId } = batch;
  world.store.addMovement({
    id: batch.transactionId!,
    atMs: world.clock.nowMs(),
    eventCode: 'T0001',
    amountMinor: -amountMinor,
    feeMinor: -PAYOUT_FEE_MINOR,
    currency,
    customId: senderItemId,
    status: 'S',
  });
  const requestId = senderBatchId;
  recordEffect(world, { kind: 'payout', requestId, subjectId: batchId, amountMinor });
  announce(world, batch);
}

/** Nobody claimed it in 30 days: the money never left. */
export function returnBatch(world: World, batchId: string): void {
  const batch = world.store.find('batch', batchId)!;
  if (batch.status !== 'UNCLAIMED') return;
  const returned: BatchRecord = { ...batch, status: 'RETURNED' };
  world.store.save('batch', returned);
  announce(world, returned);
}

function announce(world: World, batch: BatchRecord): void {
  const what = batch.status === 'SUCCESS' ? 'SUCCEEDED' : batch.status;
  world.webhooks.announce(
    `PAYMENT.PAYOUTS-ITEM.${what}`,
    'payouts_item',
    `A payout item is ${what.toLowerCase()}`,
    batchBody(world, batch).items[0]!,
  );
}
