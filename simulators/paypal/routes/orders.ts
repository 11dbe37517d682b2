import type { FastifyInstance, FastifyRequest } from 'fastify';
import { checkAssertion } from '../authentication.ts';
import { authorizeOrder } from '../authorizations.ts';
import { approveUrl, minimalOrderBody, orderBody } from '../bodies.ts';
import { checkHold, invoiceKey, takeCapture } from '../captures.ts';
import { transactionId } from '../identifiers.ts';
import { KEY_LIFETIME_MS, once } from '../idempotency.ts';
import { readOrderRequest } from '../order-request.ts';
import { partnersView } from '../partners-view.ts';
import { notFound, Problem, unprocessable } from '../problems.ts';
import type { OrderRecord } from '../records.ts';
import { recordEffect } from '../world.ts';
import type { World } from '../world.ts';

const MOST_ATTEMPTS = 10;

type OrderRoute = { Params: { id: string } };

/** https://developer.paypal.com/docs/api/orders/v2/ */
export function addOrderRoutes(app: FastifyInstance, world: World): void {
  const { store } = world;

  app.post('/v2/checkout/orders', { config: { operation: 'orders.create' } }, (request, reply) => {
    const asked = readOrderRequest(request.body);
    checkAssertion(request, world, asked.merchantId);
    const { subjectId, repeated } = once(world, request, KEY_LIFETIME_MS.orders, (requestId) => {
      checkSeller(world, asked.merchantId);
      checkHold(world, asked);
      return createOrder(world, asked, requestId);
    });
    const order = store.find('order', subjectId)!;
    return reply.code(repeated ? 200 : 201).send(preferred(request, world, order));
  });

  app.get<OrderRoute>(
    '/v2/checkout/orders/:id',
    { config: { operation: 'orders.get' } },
    (request, reply) => {
      const order = findOrder(world, request.params.id);
      checkAssertion(request, world, order.merchantId);
      const asSeller = request.headers['paypal-auth-assertion'] !== undefined;
      if (partnersView(store).orders === 'asSeller' && !asSeller) throw notFound();
      return reply.send(orderBody(world, order));
    },
  );

  app.post<OrderRoute>(
    '/v2/checkout/orders/:id/capture',
    { config: { operation: 'orders.capture' } },
    (request, reply) => {
      const { id } = request.params;
      checkAssertion(request, world, findOrder(world, id).merchantId);
      const { repeated } = takeOnce(world, request, id, (order, requestId) => {
        if (order.intent !== 'CAPTURE') throw unprocessable('ACTION_DOES_NOT_MATCH_INTENT');
        takeCapture(world, order, requestId);
      });
      const order = store.find('order', id)!;
      return reply.code(repeated ? 200 : 201).send(orderBody(world, order));
    },
  );

  app.post<OrderRoute>(
    '/v2/checkout/orders/:id/authorize',
    { config: { operation: 'orders.authorize' } },
    (request, reply) => {
      const { id } = request.params;
      checkAssertion(request, world, findOrder(world, id).merchantId);
      const { repeated } = takeOnce(world, request, id, (order) => {
        if (order.intent !== 'AUTHORIZE') throw unprocessable('ACTION_DOES_NOT_MATCH_INTENT');
        authorizeOrder(world, order);
      });
      const order = store.find('order', id)!;
      return reply.code(repeated ? 200 : 201).send(orderBody(world, order));
    },
  );
}

function takeOnce(
  world: World,
  request: FastifyRequest,
  id: string,
  take: (order: OrderRecord, requestId: string | undefined) => void,
) {
  try {
    return once(world, request, KEY_LIFETIME_MS.orders, (requestId) => {
      const order = findOrder(world, id);
      checkCapturable(world, order);
      take(order, requestId);
      return id;
    });
  } catch (error) {
    // Counted here, because the transaction of a refused attempt has been rolled back.
    if (error instanceof Problem && error.issue === 'INSTRUMENT_DECLINED') {
      const order = findOrder(world, id);
      world.store.save('order', { ...order, attempts: order.attempts + 1 });
    }
    throw error;
  }
}

export function findOrder(world: World, id: string): OrderRecord {
  const order = knownOrder(world, id);
  if (!order) throw notFound();
  return order;
}

/** Assumed: PayPal's developers speak of three hours in which an order must be paid. */
const FORGOTTEN_AFTER_MS = 3 * 60 * 60 * 1000;

/** An order that was not paid in time is as if it had never been. */
export function knownOrder({ store, clock }: World, id: string): OrderRecord | undefined {
  const order = store.find('order', id);
  const inTime = order && clock.nowMs() - order.createdAtMs < FORGOTTEN_AFTER_MS;
  return inTime || order?.status === 'COMPLETED' ? order : undefined;
}

function createOrder(
  world: World,
  asked: ReturnType<typeof readOrderRequest>,
  requestId: string | undefined,
): string {
  const { amount, ...rest } = asked;
  const nowMs = world.clock.nowMs();
  const id = transactionId();
  world.store.save('order', {
    ...rest,
    ...amount,
    id,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    status: 'CREATED',
    attempts: 0,
  });
  recordEffect(world, {
    kind: 'order',
    requestId,
    subjectId: id,
    amountMinor: amount.amountMinor,
  });
  return id;
}

function preferred(request: FastifyRequest, world: World, order: OrderRecord): object {
  const whole = String(request.headers.prefer).includes('return=representation');
  return whole ? orderBody(world, order) : minimalOrderBody(world, order);
}

function checkSeller({ store }: World, merchantId: string): void {
  const status = store.find('seller', merchantId)?.status ?? 'good';
  if (status === 'restricted') throw unprocessable('PAYEE_ACCOUNT_RESTRICTED');
  if (status === 'closed') throw unprocessable('PAYEE_ACCOUNT_LOCKED_OR_CLOSED');
}

function checkCapturable(world: World, order: OrderRecord): void {
  if (order.status === 'COMPLETED') {
    throw unprocessable(
      order.intent === 'CAPTURE' ? 'ORDER_ALREADY_CAPTURED' : 'ORDER_ALREADY_AUTHORIZED',
    );
  }
  const redirect = approveUrl(world, order.id);
  if (order.status !== 'APPROVED') throw new Problem(422, 'ORDER_NOT_APPROVED', { redirect });
  checkSeller(world, order.merchantId);
  if (order.invoiceId && world.store.find('invoice', invoiceKey(order))) {
    throw unprocessable('DUPLICATE_INVOICE_ID');
  }
  if (order.attempts >= MOST_ATTEMPTS) {
    throw unprocessable('MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED');
  }
  if (order.source === 'declining') throw new Problem(422, 'INSTRUMENT_DECLINED', { redirect });
}
