import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, it } from 'vitest';
import { createPayPal } from '../../src/integrations/paypal/index.ts';
import { anOrder, CREDENTIALS } from './harness.ts';

const directory = mkdtempSync(join(tmpdir(), 'paypal-simulator-'));
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

/** Starts main.ts as a process of its own; Node compiles it, as `tsc` does for production. */
async function start(port = 0) {
  const main = join(import.meta.dirname, 'main.ts');
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, main], {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      STATE_DIR: directory,
      CLIENT_ID: CREDENTIALS.clientId,
      CLIENT_SECRET: CREDENTIALS.clientSecret,
      WEBHOOK_ID: CREDENTIALS.webhookId,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  const lines: string[] = [];
  const reader = createInterface(child.stdout!);
  reader.on('line', (line) => lines.push(line));
  await once(reader, 'line');
  return { child, lines, url: /http:\S+/.exec(lines[0] ?? '')?.[0] ?? '' };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, 'exit') as Promise<[number | null]>;
  child.kill(signal);
  const [code] = await exited;
  running.delete(child);
  return code;
}

const approve = (url: string, orderId: string) =>
  fetch(`${url}/simulator/orders/${orderId}/approve`, { method: 'POST' });

const compiles = process.allowedNodeEnvironmentFlags.has('--experimental-transform-types');

it.runIf(compiles)(
  'keeps orders, webhooks and its authority when it is stopped or killed',
  async () => {
    const first = await start();
    expect(first.lines).toEqual([`PayPal simulator listening on ${first.url}`]);
    expect((await fetch(`${first.url}/healthz`)).status).toBe(200);
    const authority = readFileSync(join(directory, 'ca.pem'), 'utf8');
    const options = { ...CREDENTIALS, partnerAttributionId: 'GAVEL_TESTS', timeoutMs: 5_000 };
    const paypal = createPayPal({ ...options, baseUrl: first.url });
    const created = await paypal.orders.create(anOrder({ requestId: 'survives' }));
    if (created.outcome !== 'created') throw new Error(created.reason);
    await approve(first.url, created.orderId);
    expect(await stop(first.child, 'SIGKILL')).toBeNull();

    // The same port, so that the client, whose token the restart has made void, can go on.
    const second = await start(Number(new URL(first.url).port));
    expect(await paypal.orders.get(created.orderId)).toMatchObject({ status: 'approved' });
    const again = await paypal.orders.create(anOrder({ requestId: 'survives' }));
    expect(again).toMatchObject({ orderId: created.orderId });
    expect(readFileSync(join(directory, 'ca.pem'), 'utf8')).toBe(authority);
    const { deliveries } = (await (await fetch(`${second.url}/simulator/webhooks`)).json()) as {
      deliveries: object[];
    };
    expect(deliveries).toMatchObject([{ eventType: 'CHECKOUT.ORDER.APPROVED', state: 'waiting' }]);
    expect(await stop(second.child, 'SIGTERM')).toBe(0);
  },
  30_000,
);
