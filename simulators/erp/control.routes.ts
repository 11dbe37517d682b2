import type { DatabaseSync } from 'node:sqlite';
import type { FastifyInstance } from 'fastify';
import { FAULT, type Faults } from './faults.ts';

/** What tests and demonstrations use to see effects and to make things go wrong. */
export function addControlRoutes(app: FastifyInstance, store: DatabaseSync, faults: Faults): void {
  app.get('/healthz', () => {
    store.prepare('SELECT 1').get();
    return { status: 'ok' };
  });

  app.get('/simulator/faults', () => faults.list());

  app.post('/simulator/faults', async (request, reply) => {
    const fault = FAULT.safeParse(jsonOf(request.body));
    if (!fault.success) return reply.code(400).send({ message: fault.error.message });
    faults.add(fault.data);
    return reply.code(201).send(fault.data);
  });

  app.delete('/simulator/faults', async (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });

  /** How many times each document was booked: 1 is right, 0 is rejected or not yet booked. */
  app.get('/simulator/effects', () =>
    store
      .prepare(
        `SELECT document.id, document.revision, document.status, count(booking.document_id) AS booked
           FROM document
           LEFT JOIN booking
             ON booking.document_id = document.id AND booking.revision = document.revision
          GROUP BY document.reference_number
          ORDER BY document.reference_number`,
      )
      .all(),
  );

  /** Callbacks with the deliveries that they still have before them. */
  app.get('/simulator/callbacks', () =>
    store
      .prepare(
        `SELECT event_id AS eventId, deliveries_left AS deliveriesLeft, failures
           FROM callback ORDER BY send_at`,
      )
      .all(),
  );

  /** Empties the books. */
  app.delete('/simulator/effects', async (_request, reply) => {
    store.exec('DELETE FROM callback; DELETE FROM booking; DELETE FROM document;');
    return reply.code(204).send();
  });
}

function jsonOf(body: unknown): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    return undefined;
  }
}
