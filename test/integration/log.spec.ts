import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Payment } from '../../src/database/entities/index.ts';
import { createLog } from '../../src/process.ts';
import { temporalLogger } from '../../src/worker/temporal-logger.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

/** PayPal's id of a buyer's account. */
const PAYER = 'QYR5Z8XDVJNXQ';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

it('an update that the database refuses is logged without what was to be written', async () => {
  const rows = new Rows(test.pool);
  const id = await rows.payment(await rows.offer(await rows.auction()));
  const update = { payerId: PAYER, refundedMinor: -1 };
  const error = await test.database.manager.update(Payment, { id }, update).then(
    () => expect.unreachable('a negative amount'),
    (refused: Error) => refused,
  );
  expect(JSON.stringify(error)).toContain(PAYER);

  const written: string[] = [];
  const log = createLog(
    { LOG_LEVEL: 'debug' },
    'test',
    new Writable({
      write(chunk, _encoding, done) {
        written.push(String(chunk));
        done();
      },
    }),
  );
  log.error({ err: error }, 'failed');
  log.error(error);
  log.error({ err: new Error('wrapped', { cause: error }) }, 'failed');
  temporalLogger(log).error('Activity failed', { error });
  temporalLogger(log).error('Activity failed', { error: new Error('wrapped', { cause: error }) });

  expect(written).toHaveLength(5);
  expect(written.join()).toContain('violates check constraint');
  expect(written.join()).not.toContain(PAYER);
});
