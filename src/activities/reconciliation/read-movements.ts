import { Context } from '@temporalio/activity';
import type { DataSource } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { ReconciliationRun } from '../../database/entities/index.ts';
import {
  keepMovements,
  stretchRead,
  type ReportedMovement,
} from '../../services/reconciliation/movements.ts';
import { firstCaptureOf } from '../../services/reconciliation/sales.ts';
import {
  forgetRead,
  forgetUnlisted,
  keepUnread,
} from '../../services/reconciliation/unread-lines.ts';
import { durationMs } from '../../domain/common/duration.ts';
import {
  lineKey,
  type PayPal,
  type ReportLine,
  type Transaction,
  type UnreadLine,
} from '../../integrations/paypal/index.ts';
import { earliest, later, latest } from '../runtime/context.ts';
import { rethrowForTemporal } from '../paypal/paypal-faults.ts';

interface ReadDeps {
  readonly database: DataSource;
  readonly paypal: PayPal;
}

/** PayPal reports a movement up to three hours later: the end of what was read is read again. */
export const REPORTED_WITHIN_MS = durationMs('PT3H');
/** PayPal's report goes back three years. */
const REPORTED_FOR_MS = durationMs('P1095D');
/** Read at once; what is read need not be read again when a later call fails. */
const STRETCH_MS = durationMs('P1D');
/** A movement may be dated somewhat before the time that its capture was given. */
const MARGIN_MS = durationMs('PT1H');
const LARGEST_BATCH = 500;

/**
 * Reads PayPal's report of the run's range, and of the sales that moved in it back to their capture.
 * What all runs have read together is one unbroken stretch of the report: a run begins where it ends,
 * or closes the gap to where it begins.
 */
export async function readMovements(deps: ReadDeps, run: ReconciliationRun): Promise<void> {
  const { database } = deps;
  const range = { from: run.fromAt, to: run.toAt };
  const now = await databaseNow(database);
  const known = await stretchRead(database);
  const from = earliest(range.from, known?.to ?? range.from);
  const to = earliest(now, latest(later(range.to, REPORTED_WITHIN_MS), known?.from ?? range.to));
  await readStretch(deps, run.id, from, to);

  // Only now is it known which older sales have moved in the range.
  const firstCapture = (await firstCaptureOf(database, range)) ?? now;
  const begin = earliest(from, known?.from ?? from);
  const needed = earliest(begin, later(firstCapture, -MARGIN_MS));
  await readStretch(deps, run.id, needed, begin);

  await database.manager.update(
    ReconciliationRun,
    { id: run.id },
    { readFrom: needed, readTo: later(to, -REPORTED_WITHIN_MS) },
  );
}

interface Progress {
  readonly stretch: string;
  readonly readTo: string;
  /** When its reading began. */
  readonly began: string;
}

/** Reads and keeps what PayPal reports of a time; a repeat for the same time goes on where it ended. */
export async function readStretch(
  { database, paypal }: ReadDeps,
  subjectId: string,
  from: Date,
  to: Date,
): Promise<void> {
  const activity = Context.current();
  const stretch = `${from.toISOString()}/${to.toISOString()}`;
  const before = activity.info.heartbeatDetails as Progress | undefined;
  const goesOn = before?.stretch === stretch;
  const began = goesOn ? before.began : (await databaseNow(database)).toISOString();
  const first = latest(from, later(to, -REPORTED_FOR_MS));
  let start = goesOn ? latest(first, new Date(before.readTo)) : first;
  while (start < to) {
    const end = earliest(to, later(start, STRETCH_MS));
    const progress: Progress = { stretch, began, readTo: start.toISOString() };
    try {
      for await (const batch of batchesOf(paypal.transactions.search(start, end))) {
        await keepBatch(database, batch, { from: start, to: end });
        activity.heartbeat(progress);
      }
    } catch (error) {
      await rethrowForTemporal(database, subjectId)(error);
    }
    start = end;
    activity.heartbeat({ ...progress, readTo: start.toISOString() });
  }
  await forgetUnlisted(database, SOURCE, { from: first, to }, new Date(began));
}

const SOURCE = 'paypal.transactions';

interface Batch {
  readonly read: ReadonlyMap<string, ReportedMovement>;
  readonly unread: readonly UnreadLine[];
}

/** What can be read is kept, what cannot be as well. */
const keepBatch = (database: DataSource, { read, unread }: Batch, listed: Listed): Promise<void> =>
  database.transaction(async (tx) => {
    await keepMovements(tx, [...read.values()]);
    await forgetRead(tx, SOURCE, [...read.keys()]);
    await keepUnread(tx, SOURCE, unread, listed);
  });

interface Listed {
  readonly from: Date;
  readonly to: Date;
}

/** Each line once in a batch: a range that PayPal gives in halves may tell a line twice. */
async function* batchesOf(lines: AsyncIterable<ReportLine>): AsyncIterable<Batch> {
  let read = new Map<string, ReportedMovement>();
  let unread: UnreadLine[] = [];
  for await (const line of lines) {
    if ('unread' in line) unread.push(line);
    else read.set(lineKey(line), asReported(line));
    if (read.size + unread.length < LARGEST_BATCH) continue;
    yield { read, unread };
    read = new Map();
    unread = [];
  }
  if (read.size + unread.length > 0) yield { read, unread };
}

const asReported = (transaction: Transaction): ReportedMovement => ({
  ...transaction,
  referenceId: transaction.referenceId ?? null,
  invoiceId: transaction.invoiceId ?? null,
  customId: transaction.customId ?? null,
  initiatedAt: new Date(transaction.initiatedAt),
});
