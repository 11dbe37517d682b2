import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { forceOrder, forcePayout, forceRefund } from '../force.ts';
import { notFound } from '../problems.ts';
import type { World } from '../world.ts';
import { read } from './control.ts';
import { findOrder } from './orders.ts';

type ById = { Params: { id: string } };

const STATUS = z.string().min(1);
const ORDER = z.object({
  order: STATUS.optional(),
  authorization: STATUS.optional(),
  /** null: the order shows none any more. */
  capture: STATUS.nullish(),
  reason: z.string().optional(),
});
const ONE = z.object({ status: STATUS, reason: z.string().optional() });

/** Puts things into any state of PayPal's; the README lists it. */
export function addForceRoutes(app: FastifyInstance, world: World): void {
  const { store } = world;

  app.put<ById>('/simulator/orders/:id', (request) => {
    const asked = read(ORDER, request.body);
    const { id } = findOrder(world, request.params.id);
    const order = store.transaction(() => forceOrder(world, id, asked));
    return { orderId: id, status: order.status, captureId: order.captureId };
  });

  app.delete<ById>('/simulator/orders/:id', (request) => {
    const { id } = findOrder(world, request.params.id);
    store.remove('order', id);
    return { orderId: id };
  });

  app.put<ById>('/simulator/refunds/:id', (request) => {
    const { status } = read(ONE, request.body);
    const refund = store.find('refund', request.params.id);
    if (!refund) throw notFound();
    forceRefund(world, refund, status);
    return { refundId: refund.id, status };
  });

  app.put<ById>('/simulator/payouts/:id', (request) => {
    const { status, reason } = read(ONE, request.body);
    if (!forcePayout(world, request.params.id, status, reason)) throw notFound();
    return { payoutId: request.params.id, status };
  });
}
