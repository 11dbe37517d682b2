import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openLanePool } from '../../src/database/lanes/lane-pool.ts';
import { run } from '../../src/database/lanes/statements.ts';
import { makeAuthority } from '../../src/integrations/paypal/webhooks/certificates.fixture.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

const LONG = { name: 'long', text: `SELECT repeat('é', n) FROM generate_series(1, 2000) AS n` };

/** Answers longer than what is read at once, and several of them, so that messages come in pieces. */
async function expectToRead(url: string): Promise<void> {
  const pool = openLanePool(url);
  const client = await pool.connect();
  for (const rows of await run(client, [LONG, LONG, LONG])) {
    expect(rows).toHaveLength(2_000);
    expect(rows.every(([text], i) => text === 'é'.repeat(i + 1))).toBe(true);
  }
  client.release();
  await pool.end();
}

it('A lane reads answers of any length', async () => {
  await expectToRead(test.url);
});

it('A lane reads them over an encrypted connection, too', async () => {
  await serveTls();
  const url = `${test.url}?sslmode=no-verify`;

  await vi.waitFor(() => expectToRead(url), { timeout: 20_000 });
});

it('A connection that is lost while the lane is given it ends no process', async () => {
  const pool = openLanePool(test.url);
  const lost = new Error('terminating connection due to administrator command');
  const taken = pool.connect();
  pool.once('acquire', (client) => queueMicrotask(() => client.emit('error', lost)));

  (await taken).release(true);
  await pool.end();
});

/** From now on the server offers TLS; who does not ask for it has none. */
async function serveTls(): Promise<void> {
  const { pem, privateKeyPem } = await makeAuthority('CN=localhost');
  const write = (text: string, file: string) =>
    test.pool.query(
      `COPY (SELECT unnest(string_to_array('${text}', E'\\n'))) TO PROGRAM 'umask 077; cat > ${file}'`,
    );
  await write(pem, 'server.crt'); // In the data folder, where the server looks for them.
  await write(privateKeyPem, 'server.key');
  await test.pool.query('ALTER SYSTEM SET ssl = on');
  await test.pool.query('SELECT pg_reload_conf()');
}
