import { heartbeat } from '@temporalio/activity';
import type { DataSource } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { sendLater } from '../../database/outbox.ts';
import { newsOfDispute, newsOfRefund } from '../../services/paypal/paypal-news.ts';
import {
  keepPolledTo,
  livesBehind,
  polledTo,
  unknownRefunds,
} from '../../services/paypal/paypal-poll.ts';
import { durationMs } from '../../domain/common/duration.ts';
import { keepUnread } from '../../services/reconciliation/unread-lines.ts';
import type { PayPal, UnreadLine } from '../../integrations/paypal/index.ts';
import type { WorkflowMessage } from '../../workflows/messages.ts';
import { later, latest } from '../runtime/context.ts';
import { eachByItself } from '../runtime/each-by-itself.ts';
import { correlationHere } from '../runtime/correlation.ts';
import { recordReversals } from '../dispute/record-reversals.ts';
import { rethrowForTemporal } from './paypal-faults.ts';
import { readStretch, REPORTED_WITHIN_MS } from '../reconciliation/read-movements.ts';

export interface PollDeps {
  readonly database: DataSource;
  readonly paypal: PayPal;
}

/** PayPal lists disputes that have changed in the last 180 days. */
const DISPUTES_LISTED_FOR_MS = durationMs('P179D');
/** PayPal's clock may differ from ours, and its list may lag. */
const DISPUTES_OVERLAP_MS = durationMs('PT1H');
/** How much of PayPal's report the first poll reads: one page of it. */
const FIRST_READ_MS = durationMs('P31D');
/** PayPal refunds for 180 days; what was unclear at first is looked at again for as long. */
const REFUNDS_LOOKED_AT_FOR_MS = durationMs('P180D');

/** Who is told of a line of PayPal's list of disputes; one that cannot be read is kept for people. */
async function dispute(
  tx: DataSource['manager'],
  line: string | UnreadLine,
): Promise<WorkflowMessage[]> {
  if (typeof line === 'string') return newsOfDispute(line);
  await keepUnread(tx, 'paypal.disputes', [line]);
  return [];
}

/** What PayPal's webhooks failed to say is asked for. Either may be repeated at any time. */
export const createPollActivities = ({ database, paypal }: PollDeps) => {
  async function tell(
    whom: (tx: DataSource['manager']) => Promise<WorkflowMessage[]>,
  ): Promise<void> {
    await database.transaction(async (tx) => {
      for (const message of await whom(tx)) await sendLater(tx, message, correlationHere());
    });
    heartbeat();
  }

  return {
    /** Tells of the disputes that have changed since the last time, as their webhooks would. */
    async findDisputes(): Promise<void> {
      const now = await databaseNow(database);
      const first = later(now, -DISPUTES_LISTED_FOR_MS);
      const known = later((await polledTo(database, 'disputes')) ?? first, -DISPUTES_OVERLAP_MS);
      try {
        for await (const line of paypal.disputes.updatedSince(latest(known, first))) {
          await tell((tx) => dispute(tx, line));
        }
      } catch (error) {
        await rethrowForTemporal(database, 'paypal-disputes')(error);
      }
      await keepPolledTo(database, 'disputes', now);
    },

    /** Reads what PayPal has reported since the last time, and tells of what we do not know of it. */
    async findMovements(): Promise<void> {
      const now = await databaseNow(database);
      const known = (await polledTo(database, 'transactions')) ?? later(now, -FIRST_READ_MS);
      const from = later(known, -REPORTED_WITHIN_MS);
      await readStretch({ database, paypal }, 'paypal-transactions', from, now);
      const lookedAtFrom = later(now, -REFUNDS_LOOKED_AT_FOR_MS);
      const unknown = await unknownRefunds(database, lookedAtFrom);
      const faults = await eachByItself(unknown, ({ paymentId, ...seen }) =>
        tell((tx) => newsOfRefund(tx, { id: paymentId }, seen)),
      );
      faults.push(...(await recordReversals({ database, paypal }, lookedAtFrom)));
      heartbeat();
      await tell((tx) => livesBehind(tx, from));
      await keepPolledTo(database, 'transactions', now);
      // What has failed is found again by the next attempt, and shown if it goes on failing.
      if (faults.length > 0) await rethrowForTemporal(database, 'paypal-disputes')(faults[0]);
    },
  };
};
