import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { createErpSimulator } from './simulator.ts';

const ENVIRONMENT = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  HOST: z.string().min(1).default('127.0.0.1'),
  STATE_DIR: z.string().min(1),
  CALLBACK_URL: z.url(),
  SECRET: z.string().min(16),
  BOOKING_DELAY_MS: z.coerce.number().int().min(0).optional(),
});

const environment = ENVIRONMENT.safeParse(process.env);
if (!environment.success) {
  console.error(`The ERP simulator cannot start:\n${z.prettifyError(environment.error)}`);
  process.exit(2);
}
const { PORT, HOST, STATE_DIR, CALLBACK_URL, SECRET, BOOKING_DELAY_MS } = environment.data;

const simulator = createErpSimulator({
  stateDir: STATE_DIR,
  callbackUrl: CALLBACK_URL,
  secret: SECRET,
  bookingDelayMs: BOOKING_DELAY_MS,
});
await simulator.app.listen({ host: HOST, port: PORT });
const { port } = simulator.app.server.address() as AddressInfo;
console.log(`ERP simulator listening on http://${HOST}:${port}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void simulator.close());
}
