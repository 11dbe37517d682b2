import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Look } from '../../src/activities/runtime/context.ts';
import { createErpActivities } from '../../src/activities/erp/erp.activities.ts';
import { createReassignmentActivities } from '../../src/activities/reassignment/reassignment.activities.ts';
import { erpDocumentLifecycle } from '../../src/domain/erp/lifecycle.ts';
import { offerLifecycle } from '../../src/domain/offer/lifecycle.ts';
import type { Erp } from '../../src/integrations/erp/erp.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

// A workflow goes round between a look and a step. Whatever state it begins in, and whatever the other side
// answers, it comes to wait, or to an end, within a few rounds. (For the disbursement see
// disbursements/may-leave.spec.ts.)

const MOST_ROUNDS = 3;

let test: TestDatabase;
let rows: Rows;
beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
});
afterAll(() => test.drop());

const run = <Given extends unknown[], Answer>(
  activity: (...given: Given) => Promise<Answer>,
  ...given: Given
): Promise<Answer> => new MockActivityEnvironment().run(activity, ...given) as Promise<Answer>;

describe('a document for the ERP', () => {
  const answers = [undefined, 'received', 'acknowledged', 'rejected'] as const;
  const cases = erpDocumentLifecycle.states.flatMap((state) =>
    answers.flatMap((there) =>
      (['sent', 'refused'] as const).map((outcome) => [state, outcome, there] as const),
    ),
  );

  it.each(cases)('that is %s, then %s, and is %s there, waits or ends', async (...given) => {
    const [state, outcome, there] = given;
    const erp = {
      documents: {
        send: () => Promise.resolve({ outcome, reference: 'R', reason: 'no' }),
        get: () => Promise.resolve(there && { revision: 1, status: there }),
      },
    } as unknown as Erp;
    const { sendDocument, lookAtDocument } = createErpActivities({ database: test.database, erp });
    const id = await rows.erpDocument(await rows.auction(), state);
    await cameTo(async () => {
      await run(sendDocument, id);
      const look: Look<string> = await run(lookAtDocument, id);
      return !look.done || look.state === 'acknowledged';
    });
  });
});

describe('a sale that is offered', () => {
  it.each(offerLifecycle.states)(
    'and whose first offer is %s waits, is paid for, or is over',
    async (state) => {
      const { extendOffer, awaitAnswer } = createReassignmentActivities(test);
      const auctionId = await rows.wonAuction();
      await rows.offer(auctionId, { bidderId: 'anna', state });
      await cameTo(async () => {
        const offer = await run(extendOffer, auctionId);
        if (!offer) return true;
        const look: Look<string> = await run(awaitAnswer, offer.offerId);
        return !look.done || look.state === 'accepted' || look.state === 'paid';
      });
    },
  );
});

/** As a workflow does: round after round until one waits, or ends it. */
async function cameTo(round: () => Promise<boolean>): Promise<void> {
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds += 1) if (await round()) return;
  expect.fail('it spins');
}
