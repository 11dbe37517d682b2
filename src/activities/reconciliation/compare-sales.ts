import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { DataSource, EntityManager } from 'typeorm';
import { changeState, lockSubject } from '../../database/change-state.ts';
import { databaseNow } from '../../database/clock.ts';
import { ReconciliationRun } from '../../database/entities/index.ts';
import { FINANCE, notify, OPERATORS } from '../../database/notices.ts';
import {
  openButNotFound,
  openOfNoSaleButNotFound,
  recordFound,
  resolveDifferences,
  type FoundDifference,
} from '../../services/reconciliation/differences.ts';
import { figuresOf } from '../../services/reconciliation/figures.ts';
import { movementsOfNoSale } from '../../services/reconciliation/movements.ts';
import { nextSales } from '../../services/reconciliation/sales.ts';
import {
  countUnread,
  forgetRead,
  keepUnread,
  type UnreadSeen,
} from '../../services/reconciliation/unread-lines.ts';
import {
  readSales,
  type KeptDocument,
  type KeptViews,
} from '../../services/reconciliation/views.ts';
import type { Currency } from '../../domain/common/money.ts';
import {
  compareSale,
  compareStrangers,
  isUnlisted,
} from '../../domain/reconciliation/compare-sale.ts';
import { differencesIn } from '../../domain/reconciliation/figures.ts';
import { sumOfDifferences } from '../../domain/reconciliation/compare.ts';
import type { Document } from '../../domain/reconciliation/views.ts';
import {
  ErpError,
  ErpUnreachable,
  type Erp,
  type ErpDocumentStatus,
} from '../../integrations/erp/erp.ts';
import type { PayPal } from '../../integrations/paypal/index.ts';
import { workflowCause } from '../runtime/context.ts';
import { askPayPal } from './ask-paypal.ts';

interface CompareDeps {
  readonly database: DataSource;
  readonly paypal: PayPal;
  readonly erp: Erp;
}

const SALES_AT_ONCE = 100;
const MOVEMENTS_AT_ONCE = 500;

/**
 * Compares the next sales of a run, and keeps in one transaction what is found, what is found no more,
 * and how far the run has come. False when there are no more.
 */
export async function compareNextSales(deps: CompareDeps, runId: string): Promise<boolean> {
  const { database, erp } = deps;
  const run = await database.manager.findOneByOrFail(ReconciliationRun, { id: runId });
  const range = { from: run.fromAt, to: run.toAt };
  const auctionIds = await nextSales(database, range, run.comparedTo, SALES_AT_ONCE);
  if (auctionIds.length === 0 || run.state !== 'running') return false;

  const { at, sales } = await readSales(database, auctionIds);
  const answers = await askAbout(
    erp,
    sales.flatMap(({ documents }) => documents),
  );
  const found: FoundDifference[] = [];
  for (const views of sales) found.push(...(await differencesOf(deps, views, answers, at)));
  await database.transaction(async (tx) => {
    const { comparedTo } = await lockSubject(tx, 'reconciliation_run', runId);
    if (comparedTo !== run.comparedTo) throw new Error('Another attempt compares these sales.');
    const ids = await recordFound(tx, runId, found, workflowCause());
    await keepAnswers(tx, answers);
    const gone = await openButNotFound(tx, auctionIds, ids, at);
    await resolveDifferences(tx, gone, workflowCause('not found any more'));
    await count(tx, runId, auctionIds.at(-1)!, {
      sales: sales.length,
      ledger: sum(sales, ({ ledger }) => new Set(ledger.map(({ about }) => nameOf(about))).size),
      paypal: sum(sales, ({ paypal }) => paypal.length),
      erp: [...answers.values()].filter((answer) => answer && !cannotBeRead(answer)).length,
    });
  });
  Context.current().heartbeat();
  return true;
}

/** What the ERP says about a document; undefined when it does not know it. */
type Answer = ErpDocumentStatus | UnreadSeen | undefined;
type Answers = ReadonlyMap<string, Answer>;

const cannotBeRead = (answer: Answer): answer is UnreadSeen =>
  answer !== undefined && 'unread' in answer;

/** One answer that cannot be read is no reason not to compare the rest. */
async function keepAnswers(tx: EntityManager, answers: Answers): Promise<void> {
  const read = [...answers].filter(([, answer]) => !cannotBeRead(answer));
  await forgetRead(
    tx,
    'erp.documents',
    read.map(([id]) => id),
  );
  await keepUnread(tx, 'erp.documents', [...answers.values()].filter(cannotBeRead));
}

async function differencesOf(
  deps: CompareDeps,
  kept: KeptViews,
  answers: Answers,
  at: Date,
): Promise<FoundDifference[]> {
  const { auctionId, documents, ...views } = kept;
  const erp = documents.map((document) => asDocument(document, answers.get(document.id)));
  const sale = { ...views, erp };
  const nowMs = at.getTime();
  let found = compareSale(sale, nowMs);
  if (found.some(isUnlisted)) {
    found = compareSale(sale, nowMs, await askPayPal(deps, kept));
    Context.current().heartbeat();
  }
  const figures = await figuresOf(deps.database.manager, [auctionId]);
  return [...found, ...differencesIn(figures, found)].map((difference) => ({
    auctionId,
    ...difference,
  }));
}

const asDocument = (kept: KeptDocument, answer: Answer): Document => ({
  ...kept,
  totalMinor: kept.body.totalMinor,
  currency: kept.body.currency,
  changedAtMs: kept.changedAt.getTime(),
  isUnread: cannotBeRead(answer),
  inErp:
    answer && !cannotBeRead(answer) ? { ...answer, reason: answer.reason?.message } : undefined,
});

const ASKED_AT_ONCE = 8;
/** A single lost answer must not cost a whole batch. */
const PAUSES_MS = [250, 1_000, 4_000];

/** What the ERP itself says about each document. */
async function askAbout(erp: Erp, documents: readonly KeptDocument[]): Promise<Answers> {
  const answers = new Map<string, Answer>();
  const waiting = documents.values();
  const ask = async () => {
    for (const { id } of waiting) {
      answers.set(id, await askPatiently(erp, id));
      Context.current().heartbeat();
    }
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, ask));
  return answers;
}

async function askPatiently(erp: Erp, id: string): Promise<Answer> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await ask(erp, id);
    } catch (error) {
      const transient =
        error instanceof ErpUnreachable || (error instanceof ErpError && error.transient);
      if (!transient) throw error;
      await sleep(pauseMs);
    }
  }
  return ask(erp, id);
}

async function ask(erp: Erp, id: string): Promise<Answer> {
  try {
    return await erp.documents.get(id);
  } catch (error) {
    if (!(error instanceof ErpError && error.unreadable)) throw error;
    return { unread: error.message, raw: error.body, key: id };
  }
}

async function count(
  tx: EntityManager,
  runId: string,
  comparedTo: string | null,
  records: { sales: number; ledger: number; paypal: number; erp: number },
): Promise<void> {
  await tx.query(
    `UPDATE reconciliation_run
     SET compared_to = coalesce($2, compared_to), sales = sales + $3,
         ledger_records = ledger_records + $4, paypal_records = paypal_records + $5,
         erp_records = erp_records + $6
     WHERE id = $1`,
    [runId, comparedTo, records.sales, records.ledger, records.paypal, records.erp],
  );
}

/** Looks at what belongs to no sale, adds up, and tells operators when something is off. */
export async function finishRun(database: DataSource, runId: string): Promise<void> {
  const run = await database.manager.findOneByOrFail(ReconciliationRun, { id: runId });
  if (run.state !== 'running') return;
  const strangers = await compareNoSale(database, run);
  await database.transaction(async (tx) => {
    const gone = await openOfNoSaleButNotFound(tx, strangers.ids, strangers.at);
    await resolveDifferences(tx, gone, workflowCause('not found any more'));
    await count(tx, runId, null, { sales: 0, ledger: 0, paypal: strangers.records, erp: 0 });
    const { differenceCount, sumOfDifferences } = await addUp(tx, runId);
    await changeState(tx, 'reconciliation_run', runId, 'finish', workflowCause(), {
      differenceCount,
      sumOfDifferences,
      unreadLines: await countUnread(tx),
      finishedAt: await databaseNow(tx),
    });
    if (differenceCount === 0) return;
    const text = `Ledger, PayPal and ERP differ in ${differenceCount} places, by ${sumOfDifferences} in all.`;
    for (const recipientId of [FINANCE, OPERATORS]) {
      await notify(tx, { recipientId, kind: 'reconciliation_differs', subjectId: runId, text });
    }
  });
}

async function compareNoSale(
  database: DataSource,
  { id: runId, fromAt, toAt }: ReconciliationRun,
): Promise<{ ids: string[]; records: number; at: Date }> {
  const at = await databaseNow(database);
  const ids: string[] = [];
  let records = 0;
  let after = { transactionId: '', eventCode: '' };
  for (;;) {
    const range = { from: fromAt, to: toAt };
    const movements = await movementsOfNoSale(database, range, after, MOVEMENTS_AT_ONCE);
    const last = movements.at(-1);
    if (!last) return { ids, records, at };
    const found = compareStrangers(movements, at.getTime());
    records += found.length;
    await database.transaction(async (tx) => {
      const strangers = found.map((difference) => ({ auctionId: null, ...difference }));
      ids.push(...(await recordFound(tx, runId, strangers, workflowCause())));
    });
    after = last;
    Context.current().heartbeat();
  }
}

interface Off {
  readonly currency: Currency;
  readonly expectedMinor: number;
  readonly foundMinor: number;
}

async function addUp(tx: EntityManager, runId: string) {
  const rows = await tx.query<(Off & { count: number })[]>(
    `SELECT currency, 0 AS "expectedMinor", count(*)::int AS count,
            sum(abs(found_minor - expected_minor))::bigint AS "foundMinor"
     FROM reconciliation_finding WHERE run_id = $1 GROUP BY currency`,
    [runId],
  );
  return {
    differenceCount: sum(rows, ({ count }) => count),
    sumOfDifferences: sumOfDifferences(rows),
  };
}

const nameOf = (about: KeptViews['ledger'][number]['about']): string => JSON.stringify(about);

const sum = <Each>(all: readonly Each[], of: (each: Each) => number): number =>
  all.reduce((so, each) => so + of(each), 0);
