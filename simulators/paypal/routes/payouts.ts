import type { FastifyInstance } from 'fastify';
import { startBatch } from '../batches.ts';
import { batchBody } from '../bodies.ts';
import { plannedFault } from '../fault-hooks.ts';
import { asObject, readMoney } from '../order-request.ts';
import { invalid, notFound } from '../problems.ts';
import type { World } from '../world.ts';

const PATH = '/v1/payments/payouts';

/** https://developer.paypal.com/api/payments.payouts-batch/v1/ : batches of one item to an account. */
export function addPayoutRoutes(app: FastifyInstance, world: World): void {
  app.post(PATH, { config: { operation: 'batchPayouts.create' } }, (request, reply) => {
    const { sender_batch_header: header, items } = asObject(request.body) ?? {};
    const senderBatchId = asObject(header)?.sender_batch_id;
    const item = asObject(Array.isArray(items) && items.length === 1 ? items[0] : undefined);
    if (typeof senderBatchId !== 'string')
      throw invalid('VALIDATION_ERROR', '/sender_batch_header');
    if (!item || typeof item.receiver !== 'string') throw invalid('VALIDATION_ERROR', '/items');
    if (item.recipient_type !== 'PAYPAL_ID') throw invalid('VALIDATION_ERROR', '/recipient_type');
    const { currency: currency_code, value } = asObject(item.amount) ?? {};
    const amount = readMoney({ currency_code, value }, '/items/0/amount');
    const asked = {
      ...amount,
      senderBatchId,
      merchantId: item.receiver,
      senderItemId: typeof item.sender_item_id === 'string' ? item.sender_item_id : undefined,
      note: typeof item.note === 'string' ? item.note : undefined,
    };
    const batch = world.store.transaction(() => startBatch(world, asked, plannedFault(request)));
    const { batch_header, links } = batchBody(world, batch);
    return reply.code(201).send({ batch_header, links });
  });

  app.get<{ Params: { id: string } }>(
    `${PATH}/:id`,
    { config: { operation: 'batchPayouts.get' } },
    (request, reply) => {
      const batch = world.store.find('batch', request.params.id);
      if (!batch) throw notFound();
      return reply.send(batchBody(world, batch));
    },
  );
}
