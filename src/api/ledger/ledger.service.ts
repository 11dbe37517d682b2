import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { propose } from '../../services/approval/approvals.ts';
import { entriesOf, whyNotReversed } from '../../services/ledger/reverse.ts';
import {
  balanceAt,
  balanceNow,
  entriesIn,
  settledUntil,
  type Place,
  type StatementEntry,
} from '../../services/ledger/statement.ts';
import { ownerOf, type PostingKind } from '../../domain/ledger/ledger.ts';
import type { Access } from '../http/access.ts';
import type { Change } from '../http/change.ts';
import { viewApproval, type ApprovalView } from '../approvals/approvals.schemas.ts';
import { mustBeOnlyProposal } from '../approvals/only-proposal.ts';
import { lockThing } from '../http/edits/lock.ts';
import { mustMoveForOthers } from '../http/not-for-oneself.ts';
import { notFound, Problem } from '../http/problem.ts';
import { iso } from '../http/schemas.ts';
import { reversalRefused } from './refusals.ts';
import type { AccountView, Statement, StatementQuery, TransactionView } from './ledger.schemas.ts';

@Injectable()
export class LedgerService {
  constructor(private readonly database: DataSource) {}

  async account(access: Access, account: string, at?: string): Promise<AccountView> {
    const { manager } = this.database;
    mustMayRead(access, account);
    const now = await balanceNow(manager, account);
    if (now.length === 0) throw notFound('account', account);
    if (at === undefined) return { account, at: null, balances: now };

    const moment = await this.settled(account, at);
    const balances = await Promise.all(
      now.map(async ({ currency }) => ({
        currency,
        balanceMinor: await balanceAt(manager, { account, currency, at: moment }),
      })),
    );
    return { account, at: iso(moment), balances };
  }

  async statement(access: Access, account: string, query: StatementQuery): Promise<Statement> {
    const { manager } = this.database;
    mustMayRead(access, account);
    const { currency, limit } = query;
    const from = new Date(query.from);
    const to = await this.settled(account, query.to);
    if (from > to) throw new Problem(400, 'invalid_request', 'from: must not be after `to`.');

    const after = query.after === undefined ? undefined : placeOf(query.after);
    const [openingMinor, closingMinor, entries] = await Promise.all([
      balanceAt(manager, { account, currency, at: from }),
      balanceAt(manager, { account, currency, at: to }),
      entriesIn(manager, { account, currency, from, to }, { limit: limit + 1, after }),
    ]);
    let balanceMinor = after?.balanceMinor ?? openingMinor;
    const items = entries.slice(0, limit).map((entry) => {
      balanceMinor += entry.amountMinor;
      return statementItem(entry, balanceMinor, access);
    });
    const next = entries.length > limit ? `${items.at(-1)!.id}:${balanceMinor}` : null;
    const period = { from: iso(from), to: iso(to) };
    return { account, currency, ...period, openingMinor, closingMinor, items, next };
  }

  transaction(id: number): Promise<TransactionView> {
    return readTransaction(this.database.manager, id);
  }

  /** Proposes to take a transaction back; a second person of finance approves it. */
  async reverse({ tx, cause }: Change, id: number, reason: string): Promise<ApprovalView> {
    await lockThing(tx, 'reversal', String(id));
    const hindrance = await whyNotReversed(tx, id);
    if (hindrance) throw reversalRefused(id, hindrance);
    mustMoveForOthers(cause().actorId, await entriesOf(tx, id));
    const proposal = { kind: 'ledger_reversal', subjectId: String(id) } as const;
    await mustBeOnlyProposal(tx, proposal);
    const request = { transactionId: id };
    return viewApproval(await propose(tx, { ...proposal, request }, { ...cause(), reason }));
  }

  private async settled(account: string, wanted?: string): Promise<Date> {
    const moment = await settledUntil(
      this.database.manager,
      account,
      wanted === undefined ? undefined : new Date(wanted),
    );
    if (moment) return moment;
    throw new Problem(
      422,
      'not_yet_over',
      'What is asked for lies in the future, where entries may still come: ask up to now.',
    );
  }
}

/** What finance and operators may read of everyone, everybody may of themselves. */
function mustMayRead({ seesAll, id }: Access, account: string): void {
  // As if it did not exist: who has an account is nobody else's business.
  if (!seesAll && ownerOf(account) !== id) throw notFound('account', account);
}

/** What its owner was told when it was posted; why the house corrects itself is the house's. */
const TOLD: readonly PostingKind[] = ['credit', 'transfer', 'receipt'];

function statementItem(
  { id, transactionId, kind, auctionId, amountMinor, ...entry }: StatementEntry,
  balanceMinor: number,
  { seesAll }: Access,
): Statement['items'][number] {
  const isTold = seesAll || TOLD.includes(kind);
  return {
    id,
    transactionId,
    kind,
    auctionId,
    counterAccount: isTold ? entry.counterAccount : null,
    reason: isTold ? entry.reason : null,
    amountMinor,
    balanceMinor,
    postedAt: iso(entry.postedAt),
  };
}

function placeOf(after: string): Place {
  const [entryId, balanceMinor] = after.split(':').map(Number);
  return { entryId: entryId!, balanceMinor: balanceMinor! };
}

async function readTransaction(manager: EntityManager, id: number): Promise<TransactionView> {
  const [found] = await manager.query<(TransactionView & { postedAt: Date })[]>(
    `SELECT t.id, t.kind, t.auction_id AS "auctionId", t.posted_at AS "postedAt",
            t.actor_id AS "actorId", t.approved_by AS "approvedBy", t.reason, t.reverses, (
              SELECT id FROM ledger_transaction WHERE reverses = t.id
            ) AS "reversedBy", (
              SELECT coalesce(json_agg(json_build_object(
                       'account', account, 'currency', currency, 'amountMinor', amount_minor)
                       ORDER BY id), '[]')
              FROM ledger_entry WHERE transaction_id = t.id
            ) AS entries
     FROM ledger_transaction AS t WHERE t.id = $1`,
    [id],
  );
  if (!found) throw notFound('ledger transaction', String(id));
  return { ...found, postedAt: iso(found.postedAt) };
}
