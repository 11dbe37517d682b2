import type { FastifyInstance } from 'fastify';
import { checkAssertion } from '../authentication.ts';
import { captureAuthorization, voidAuthorization } from '../authorizations.ts';
import { authorizationBody, captureBody, refundBody } from '../bodies.ts';
import { KEY_LIFETIME_MS, once } from '../idempotency.ts';
import { asObject, readDisbursementMode, readPlatformFee } from '../order-request.ts';
import { notFound } from '../problems.ts';
import type { CaptureRecord } from '../records.ts';
import { giveRefund, readRefundRequest } from '../refunds.ts';
import type { World } from '../world.ts';

type ById = { Params: { id: string } };

/** https://developer.paypal.com/docs/api/payments/v2/ */
export function addPaymentRoutes(app: FastifyInstance, world: World): void {
  app.get<ById>(
    '/v2/payments/authorizations/:id',
    { config: { operation: 'authorizations.get' } },
    (request, reply) => {
      const { authorization, order } = findAuthorization(world, request.params.id);
      return reply.send(authorizationBody(world, authorization, order));
    },
  );

  app.post<ById>(
    '/v2/payments/authorizations/:id/capture',
    { config: { operation: 'authorizations.capture' } },
    (request, reply) => {
      const { authorization, order } = findAuthorization(world, request.params.id);
      checkAssertion(request, world, order.merchantId);
      const instruction = asObject(asObject(request.body)?.payment_instruction) ?? {};
      const { amountMinor, currency } = order;
      const asked = {
        disbursementMode: readDisbursementMode(instruction),
        platformFeeMinor: readPlatformFee(instruction, { amountMinor, currency }),
      };
      const { subjectId, repeated } = once(
        world,
        request,
        KEY_LIFETIME_MS.payments,
        (requestId) => captureAuthorization(world, authorization, asked, requestId).id,
      );
      const capture = world.store.find('capture', subjectId)!;
      return reply.code(repeated ? 200 : 201).send(captureBody(world, capture));
    },
  );

  app.post<ById>(
    '/v2/payments/authorizations/:id/void',
    { config: { operation: 'authorizations.void' } },
    (request, reply) => {
      const { authorization, order } = findAuthorization(world, request.params.id);
      checkAssertion(request, world, order.merchantId);
      world.store.transaction(() => voidAuthorization(world, authorization));
      return reply.code(204).send();
    },
  );

  app.get<ById>(
    '/v2/payments/captures/:id',
    { config: { operation: 'captures.get' } },
    (request, reply) => reply.send(captureBody(world, findCapture(world, request.params.id))),
  );

  app.post<ById>(
    '/v2/payments/captures/:id/refund',
    { config: { operation: 'captures.refund' } },
    (request, reply) => {
      const capture = findCapture(world, request.params.id);
      checkAssertion(request, world, capture.merchantId);
      const asked = asObject(request.body) ?? {};
      const { subjectId, repeated } = once(world, request, KEY_LIFETIME_MS.payments, (requestId) =>
        giveRefund(world, capture, readRefundRequest(asked, capture), requestId),
      );
      const refund = world.store.find('refund', subjectId)!;
      return reply.code(repeated ? 200 : 201).send(refundBody(world, refund));
    },
  );

  app.get<ById>(
    '/v2/payments/refunds/:id',
    { config: { operation: 'refunds.get' } },
    (request, reply) => {
      const refund = world.store.find('refund', request.params.id);
      if (!refund) throw notFound();
      return reply.send(refundBody(world, refund));
    },
  );
}

function findAuthorization({ store }: World, id: string) {
  const authorization = store.find('authorization', id);
  if (!authorization) throw notFound();
  return { authorization, order: store.find('order', authorization.orderId)! };
}

export function findCapture({ store }: World, id: string): CaptureRecord {
  const capture = store.find('capture', id);
  if (!capture) throw notFound();
  return capture;
}
