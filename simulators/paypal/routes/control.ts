import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Tokens } from '../authentication.ts';
import { settleBatch } from '../batches.ts';
import { disputeBody } from '../bodies.ts';
import { approveOrder, reverseApproval } from '../buyers.ts';
import { announceCapture, completeCapture } from '../captures.ts';
import {
  chargeForDispute,
  moveDispute,
  openDispute,
  reopenDispute,
  resolveDispute,
  reverse,
} from '../disputes.ts';
import { countEffects } from '../effects.ts';
import { FAULT } from '../faults.ts';
import { PARTNERS_VIEW, savePartnersView } from '../partners-view.ts';
import { invalid, notFound, unprocessable } from '../problems.ts';
import { DISPUTE_OUTCOMES, DISPUTE_STAGES, PAYMENT_SOURCES } from '../records.ts';
import type { CaptureRecord } from '../records.ts';
import { giveRefund } from '../refunds.ts';
import type { World } from '../world.ts';
import { findOrder } from './orders.ts';
import { findCapture } from './payments.ts';

type ById = { Params: { id: string } };

const MINUTES_MS = 60_000;
const APPROVE = z.object({ source: z.enum(PAYMENT_SOURCES).default('good') });
const CLOCK = z.object({
  advanceMs: z.int().min(0).optional(),
  advanceHours: z.number().min(0).optional(),
  advanceDays: z.number().min(0).optional(),
});
const DISPUTE = z.object({
  reason: z.string().default('MERCHANDISE_OR_SERVICE_NOT_RECEIVED'),
  stage: z.enum(DISPUTE_STAGES).default('INQUIRY'),
  amountMinor: z.int().positive().optional(),
  respondInDays: z.number().positive().default(20),
});
const REFUND = z.object({ amountMinor: z.int().positive().optional() });
const MOVE = z.object({
  stage: z.enum(DISPUTE_STAGES).optional(),
  answered: z.boolean().optional(),
  respondInDays: z.number().positive().default(10),
});
const CHARGE = z.object({
  reason: z.string().default('CHARGEBACK_FEE'),
  party: z.string().default('SELLER'),
  type: z.enum(['DEBIT', 'CREDIT']).default('DEBIT'),
  minor: z.int().positive(),
});
const RESOLVE = z.object({
  outcome: z.enum(DISPUTE_OUTCOMES).default('RESOLVED_SELLER_FAVOUR'),
  refundedMinor: z.int().positive().optional(),
});
const SETTLE = z.object({ result: z.enum(['completed', 'denied']).default('completed') });
const SELLER = z.object({
  status: z.enum(['good', 'restricted', 'closed']).default('good'),
  funds: z.enum(['ample', 'empty']).default('ample'),
  delayedDisbursement: z.enum(['enabled', 'notEnabled']).default('enabled'),
});
const FAULTS = z.union([z.object({ faults: z.array(FAULT) }), FAULT]);
const WEBHOOK = z.object({ url: z.url({ protocol: /^https?$/ }) });

/** What a person or a test does to the simulated world; the README lists it. */
export function addControlRoutes(
  app: FastifyInstance,
  world: World,
  { tokens, runTimers }: { tokens: Tokens; runTimers: () => void },
): void {
  const { store, clock, faults, webhooks } = world;

  app.post<ById>('/simulator/orders/:id/approve', (request) => {
    const { source } = read(APPROVE, request.body);
    const order = approveOrder(world, findOrder(world, request.params.id), source);
    return { orderId: order.id, status: order.status };
  });

  app.post<ById>('/simulator/orders/:id/reverse-approval', (request) => {
    const order = reverseApproval(world, findOrder(world, request.params.id));
    return { orderId: order.id, status: order.status };
  });

  app.post<ById>('/simulator/captures/:id/settle', (request) => {
    const { result } = read(SETTLE, request.body);
    const capture = findCapture(world, request.params.id);
    if (capture.status !== 'PENDING') throw unprocessable('NOT_PENDING');
    const settled: CaptureRecord = {
      ...capture,
      status: result === 'completed' ? 'COMPLETED' : 'DECLINED',
      reason: undefined,
      updatedAtMs: clock.nowMs(),
    };
    store.transaction(() => {
      store.save('capture', settled);
      if (result === 'completed') completeCapture(world, settled);
      else announceCapture(world, 'DENIED', settled);
    });
    return { captureId: settled.id, status: settled.status };
  });

  app.post<ById>('/simulator/captures/:id/refund', (request) => {
    const capture = findCapture(world, request.params.id);
    const { amountMinor = capture.amountMinor - capture.refundedMinor } = read(
      REFUND,
      request.body,
    );
    const refundId = store.transaction(() =>
      giveRefund(world, capture, { amountMinor }, undefined),
    );
    return { refundId };
  });

  app.post<ById>('/simulator/captures/:id/reverse', (request) => {
    const capture = findCapture(world, request.params.id);
    const leftMinor = capture.amountMinor - capture.refundedMinor;
    const { amountMinor = leftMinor } = read(REFUND, request.body);
    if (amountMinor > leftMinor) throw unprocessable('REFUND_AMOUNT_EXCEEDED');
    store.transaction(() => reverse(world, capture, amountMinor));
    return { captureId: capture.id, reversedMinor: amountMinor };
  });

  app.post<ById>('/simulator/payouts/:id/claim', (request) => {
    const batch = store.find('batch', request.params.id);
    if (batch?.status !== 'UNCLAIMED') throw unprocessable('NOT_UNCLAIMED');
    store.transaction(() => settleBatch(world, batch.id));
    return { batchId: batch.id, status: 'SUCCESS' };
  });

  app.post<ById>('/simulator/captures/:id/dispute', (request) => {
    const capture = findCapture(world, request.params.id);
    const asked = read(DISPUTE, request.body);
    const dispute = store.transaction(() => openDispute(world, capture, asked));
    return { disputeId: dispute.id, ...disputeBody(world, dispute, capture) };
  });

  app.post<ById>('/simulator/disputes/:id/move', (request) => {
    const dispute = store.find('dispute', request.params.id);
    if (!dispute) throw notFound();
    if (dispute.status === 'RESOLVED') throw unprocessable('ALREADY_RESOLVED');
    const asked = read(MOVE, request.body);
    const moved = store.transaction(() => moveDispute(world, dispute, asked));
    return { disputeId: moved.id, status: moved.status, stage: moved.stage };
  });

  app.post<ById>('/simulator/disputes/:id/resolve', (request) => {
    const dispute = store.find('dispute', request.params.id);
    if (!dispute) throw notFound();
    if (dispute.status === 'RESOLVED') throw unprocessable('ALREADY_RESOLVED');
    const asked = read(RESOLVE, request.body);
    const resolved = store.transaction(() => resolveDispute(world, dispute, asked));
    return { disputeId: resolved.id, status: resolved.status, outcome: resolved.outcome };
  });

  app.post<ById>('/simulator/disputes/:id/charge', (request) => {
    const dispute = store.find('dispute', request.params.id);
    if (!dispute) throw notFound();
    const charge = read(CHARGE, request.body);
    const charged = store.transaction(() => chargeForDispute(world, dispute, charge));
    return { disputeId: charged.id, charges: charged.charges };
  });

  app.post<ById>('/simulator/disputes/:id/reopen', (request) => {
    const dispute = store.find('dispute', request.params.id);
    if (!dispute) throw notFound();
    if (dispute.status !== 'RESOLVED') throw unprocessable('NOT_RESOLVED');
    const reopened = store.transaction(() => reopenDispute(world, dispute));
    return { disputeId: reopened.id, status: reopened.status };
  });

  app.put<ById>('/simulator/sellers/:id', (request) => {
    const seller = { id: request.params.id, ...read(SELLER, request.body) };
    store.save('seller', seller);
    return seller;
  });

  app.put('/simulator/partner', (request) => {
    const view = read(PARTNERS_VIEW, request.body);
    savePartnersView(store, view);
    return view;
  });

  app.get('/simulator/clock', () => ({ now: new Date(clock.nowMs()).toISOString() }));
  app.post('/simulator/clock', (request) => {
    const { advanceMs = 0, advanceHours = 0, advanceDays = 0 } = read(CLOCK, request.body);
    clock.advance(advanceMs + (advanceHours + advanceDays * 24) * 60 * MINUTES_MS);
    runTimers();
    return { now: new Date(clock.nowMs()).toISOString() };
  });

  app.get('/simulator/faults', () => ({ faults: faults.list() }));
  app.post('/simulator/faults', (request) => {
    const asked = read(FAULTS, request.body);
    for (const fault of 'faults' in asked ? asked.faults : [asked]) faults.add(fault);
    return { faults: faults.list() };
  });
  app.delete('/simulator/faults', () => {
    faults.clear();
    return { faults: [] };
  });

  app.post('/simulator/tokens/revoke', () => {
    tokens.revokeAll();
    return {};
  });
  app.put('/simulator/webhook', (request) => {
    const { url } = read(WEBHOOK, request.body);
    webhooks.sendTo(url);
    return { url };
  });
  app.get('/simulator/webhooks', () => ({ deliveries: webhooks.list() }));
  app.get('/simulator/effects', () => countEffects(store));
}

export function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid('INVALID_PARAMETER_VALUE', `/${issue?.path.join('/') ?? ''}`, issue?.message);
}
