import { setTimeout as pause } from 'node:timers/promises';
import type { DatabaseSync } from 'node:sqlite';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { CALL_FAULTS, type Fault, type Faults } from './faults.ts';
import { latestOf, receive } from './inbox.ts';
import { DOCUMENT, type Document } from './rules.ts';
import { isSigned } from './signature.ts';
import { referenceOf, type StoredDocument } from './store.ts';

export interface DocumentRoutes {
  readonly store: DatabaseSync;
  readonly faults: Faults;
  readonly secret: string;
  /** Between taking a document in and booking it. */
  readonly bookingDelayMs: number;
  readonly onReceived: () => void;
}

const BAD_SIGNATURE = {
  code: 'bad_signature',
  message: 'X-Gavel-Timestamp and X-Gavel-Signature do not prove who sent this.',
};

export function addDocumentRoutes(app: FastifyInstance, routes: DocumentRoutes): void {
  const { store, faults, secret } = routes;

  app.post('/documents', async (request, reply) => {
    const rawBody = request.body instanceof Buffer ? request.body : Buffer.alloc(0);
    if (!isSigned(secret, request.headers, rawBody)) return reply.code(401).send(BAD_SIGNATURE);
    const fault = faults.take(CALL_FAULTS, 'send');
    if (fails(fault)) return fail(reply, fault);

    const document = DOCUMENT.safeParse(jsonOf(rawBody));
    if (!document.success) {
      const { path, message } = document.error.issues[0] ?? { path: [], message: 'unreadable' };
      return reply
        .code(422)
        .send({ code: 'malformed', message: `${path.join('.') || 'body'}: ${message}` });
    }
    const receipt = receive(store, document.data, Date.now() + routes.bookingDelayMs);
    if (!receipt.taken) {
      return reply.code(409).send({ code: receipt.code, message: receipt.message });
    }
    routes.onReceived();
    await suffer(fault, reply);
    return reply.code(202).send({ reference: referenceOf(receipt.document), status: 'received' });
  });

  // A question has no body; its signature is over the id that is asked for.
  app.get<{ Params: { id: string } }>('/documents/:id', async (request, reply) => {
    const { id } = request.params;
    if (!isSigned(secret, request.headers, id)) return reply.code(401).send(BAD_SIGNATURE);
    const fault = faults.take(CALL_FAULTS, 'query');
    if (fails(fault)) return fail(reply, fault);

    const document = latestOf(store, id);
    await suffer(fault, reply);
    return document
      ? statusOf(document)
      : reply.code(404).send({ code: 'unknown_document', message: `There is no document ${id}.` });
  });
}

function statusOf(document: StoredDocument) {
  const { id, revision, status, reason } = document;
  const { total, currency } = JSON.parse(document.body) as Document;
  const reference = referenceOf(document);
  const why = reason ? (JSON.parse(reason) as unknown) : undefined;
  return { id, revision, status, reference, reason: why, total, currency };
}

function fails(fault: Fault | undefined): fault is Fault {
  return fault?.kind === '500' || fault?.kind === '503';
}

function fail(reply: FastifyReply, { kind }: Fault) {
  return reply.code(Number(kind)).send({ code: 'fault', message: 'The ERP is in trouble.' });
}

/** What happens to an answer whose effect is already there. */
async function suffer(fault: Fault | undefined, reply: FastifyReply): Promise<void> {
  if (fault?.kind === 'delay') await pause(fault.milliseconds, undefined, { ref: false });
  if (fault?.kind === 'reset-after-effect') {
    reply.hijack();
    reply.raw.socket?.resetAndDestroy();
  }
}

function jsonOf(rawBody: Buffer): unknown {
  try {
    return JSON.parse(rawBody.toString('utf8'));
  } catch {
    return undefined;
  }
}
