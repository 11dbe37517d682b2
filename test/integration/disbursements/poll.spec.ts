import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPollActivities } from '../../../src/activities/paypal/poll.activities.ts';
import type { PayPal } from '../../../src/integrations/paypal/index.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { Rows } from '../../support/rows.ts';

let test: TestDatabase;
beforeAll(async () => (test = await createTestDatabase()));
afterAll(() => test.drop());

it('a refund in PayPal’s report that cannot be recorded keeps no other from it', async () => {
  const rows = new Rows(test.pool);
  for (const nth of [1, 2, 3]) {
    const offer = await rows.offer(await rows.auction({ state: 'awarded' }));
    const paymentId = await rows.payment(offer, { state: 'captured', captureId: `CAPTURE${nth}` });
    await rows.disbursement(paymentId, 'held');
    await test.pool.query(
      `INSERT INTO paypal_transaction (transaction_id, event_code, status, amount_minor, currency,
                                       fee_minor, payment_id, initiated_at)
       VALUES ($1, 'T1107', 'success', -115000, 'EUR', 0, $2, now() - $3 * interval '1 hour')`,
      [`REFUND${nth}`, paymentId, 10 - nth],
    );
  }
  await test.pool.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'this one cannot be recorded'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON refund FOR EACH ROW
      WHEN (NEW.paypal_refund_id = 'REFUND1') EXECUTE FUNCTION refuse();`);

  const nothing = { async *[Symbol.asyncIterator]() {} };
  const paypal = { transactions: { search: () => nothing } } as unknown as PayPal;
  const { findMovements } = createPollActivities({ database: test.database, paypal });
  const poll = new MockActivityEnvironment().run(findMovements);

  await expect(poll).rejects.toThrow('this one cannot be recorded');
  const { rows: recorded } = await test.pool.query(
    'SELECT paypal_refund_id AS id FROM refund ORDER BY 1',
  );
  expect(recorded).toEqual([{ id: 'REFUND2' }, { id: 'REFUND3' }]);
});
