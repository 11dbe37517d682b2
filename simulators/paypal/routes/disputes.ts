import type { FastifyInstance } from 'fastify';
import { disputeBody, disputeSummary } from '../bodies.ts';
import { invalid, notFound } from '../problems.ts';
import type { World } from '../world.ts';

const LARGEST_PAGE = 50;

type Query = Partial<
  Record<'update_time_after' | 'disputed_transaction_id' | 'page_size' | 'next_page_token', string>
>;

/** https://developer.paypal.com/docs/api/customer-disputes/v1/ */
export function addDisputeRoutes(app: FastifyInstance, world: World): void {
  const path = '/v1/customer/disputes';

  app.get<{ Querystring: Query }>(
    path,
    { config: { operation: 'disputes.list' } },
    (request, reply) => {
      const { query } = request;
      const size = Number(query.page_size ?? 10);
      if (!(size >= 1 && size <= LARGEST_PAGE)) throw invalid('INVALID_REQUEST', 'page_size');
      const afterMs = Date.parse(query.update_time_after ?? '1970-01-01T00:00:00Z');
      if (Number.isNaN(afterMs)) throw invalid('INVALID_REQUEST', 'update_time_after');
      const wanted = query.disputed_transaction_id;
      const found = world.store
        .all('dispute')
        .filter(({ updatedAtMs }) => updatedAtMs >= afterMs)
        .filter(({ captureId }) => wanted === undefined || captureId === wanted)
        .sort((a, b) => b.createdAtMs - a.createdAtMs);
      const start = Number(query.next_page_token ?? 0);
      const page = found.slice(start, start + size);
      const self = `${world.publicUrl()}${path}?page_size=${size}`;
      const links = [{ href: self, rel: 'self', method: 'GET' }];
      if (found.length > start + size) {
        links.push({ href: `${self}&next_page_token=${start + size}`, rel: 'next', method: 'GET' });
      }
      return reply.send({
        items: page.length > 0 ? page.map((one) => disputeSummary(world, one)) : undefined,
        links,
      });
    },
  );

  app.get<{ Params: { id: string } }>(
    `${path}/:id`,
    { config: { operation: 'disputes.get' } },
    (request, reply) => {
      const dispute = world.store.find('dispute', request.params.id);
      const capture = dispute && world.store.find('capture', dispute.captureId);
      if (!dispute || !capture) throw notFound();
      return reply.send(disputeBody(world, dispute, capture));
    },
  );
}
