import Fastify from 'fastify';
import { Alarm } from './alarm.ts';
import { bookDueDocuments } from './bookkeeper.ts';
import { addControlRoutes } from './control.routes.ts';
import { deliverDueCallbacks } from './courier.ts';
import { addDocumentRoutes } from './documents.routes.ts';
import { Faults } from './faults.ts';
import { openStore } from './store.ts';

export interface ErpSimulatorOptions {
  /** Folder of the ERP's books; what is in it is carried on. */
  readonly stateDir: string;
  /** Where it reports what became of a document. */
  readonly callbackUrl: string;
  /** Signs and checks messages in both directions. */
  readonly secret: string;
  /** Between taking a document in and booking it. */
  readonly bookingDelayMs?: number;
  /** The first pause after a callback that was not taken. */
  readonly retryDelayMs?: number;
}

/** A stand-in for an ERP: books documents once, by its own rules, and calls back. */
export function createErpSimulator(options: ErpSimulatorOptions) {
  const { stateDir, callbackUrl, secret, bookingDelayMs = 100, retryDelayMs = 250 } = options;
  const app = Fastify({ forceCloseConnections: true });
  const store = openStore(stateDir);
  const faults = new Faults();
  const closing = new AbortController();

  const courier = new Alarm(() =>
    deliverDueCallbacks(store, { callbackUrl, secret, retryDelayMs, closing: closing.signal }),
  );
  const bookkeeper = new Alarm(async () => {
    const next = bookDueDocuments(store, faults);
    courier.ring();
    return next;
  });

  // The signature is over the bytes as they came, so they are kept as they are.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  addControlRoutes(app, store, faults);
  addDocumentRoutes(app, {
    store,
    faults,
    secret,
    bookingDelayMs,
    onReceived: () => bookkeeper.ring(),
  });

  app.addHook('onReady', async () => {
    bookkeeper.ring();
    courier.ring();
  });
  app.addHook('onClose', async () => {
    closing.abort();
    await bookkeeper.stop();
    await courier.stop();
    store.close();
  });
  return { app, close: () => app.close() };
}
