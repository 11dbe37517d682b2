import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPayPal } from '../../src/integrations/paypal/index.ts';
import type { CreateOrder, PayPal } from '../../src/integrations/paypal/index.ts';
import { createPayPalSimulator } from './simulator.ts';
import type { PayPalSimulator, SimulatorOptions } from './simulator.ts';

/** For tests: the simulator, the real client pointed at it, and someone who receives the webhooks. */
export interface Harness {
  readonly simulator: PayPalSimulator;
  readonly paypal: PayPal;
  readonly received: ReceivedEvent[];
  /** Calls the control API; returns what it answers. */
  control<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>;
  /** Creates and approves an order; returns its id. */
  approvedOrder(asked?: Partial<CreateOrder>, source?: string): Promise<string>;
  close(): Promise<void>;
}

export interface ReceivedEvent {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly json: { id: string; event_type: string; resource: Record<string, unknown> };
}

export const CREDENTIALS = {
  clientId: 'client-of-the-tests',
  clientSecret: 'secret-of-the-tests',
  webhookId: 'WEBHOOK-OF-THE-TESTS',
};
export const SELLER = 'SELLER2K7X9QN';

/** A client of the simulator, as `createPayPal` makes it for the house. */
export const clientOf = ({ url, ca }: PayPalSimulator, timeoutMs = 2_000): PayPal =>
  createPayPal({
    ...CREDENTIALS,
    baseUrl: url,
    partnerAttributionId: 'GAVEL_TESTS',
    certificateHost: new URL(url).host,
    certificateAuthorityPem: ca,
    timeoutMs,
  });

let lastNumber = 0;

/** An order of 420.00 USD with a fee of 44.85 for the platform; every invoice number is new. */
export function anOrder(changes: Partial<CreateOrder> = {}): CreateOrder {
  lastNumber += 1;
  return {
    requestId: `create-${lastNumber}`,
    referenceId: `payment-${lastNumber}`,
    invoiceId: `INV-${lastNumber}`,
    description: 'Lot 12: a walnut writing desk',
    amountMinor: 42_000,
    currency: 'USD',
    platformFeeMinor: 4_485,
    sellerMerchantId: SELLER,
    disbursement: 'delayed',
    intent: 'capture',
    returnUrl: 'https://shop.example/paid',
    cancelUrl: 'https://shop.example/cancelled',
    ...changes,
  };
}

export async function startHarness(options: Partial<SimulatorOptions> = {}): Promise<Harness> {
  const received: ReceivedEvent[] = [];
  const receiver = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      const json = JSON.parse(body.toString()) as ReceivedEvent['json'];
      received.push({ headers: request.headers, body, json });
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  const webhookUrl = `http://127.0.0.1:${port}/`;
  const simulator = await createPayPalSimulator({ ...CREDENTIALS, webhookUrl, ...options });
  const paypal = clientOf(simulator);

  const control: Harness['control'] = async <T>(method: string, path: string, body?: unknown) => {
    const response = await fetch(`${simulator.url}/simulator/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };

  return {
    simulator,
    paypal,
    received,
    control,
    async approvedOrder(asked = {}, source = 'good') {
      const created = await paypal.orders.create(anOrder(asked));
      if (created.outcome !== 'created') throw new Error(created.reason);
      await control('POST', `orders/${created.orderId}/approve`, { source });
      return created.orderId;
    },
    async close() {
      await simulator.close();
      receiver.closeAllConnections();
      receiver.close();
    },
  };
}
