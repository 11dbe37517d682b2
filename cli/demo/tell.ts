import { toDecimal } from '../../src/domain/common/money.ts';
import type { LedgerEntry } from './verdict.ts';
import type { World } from './world.ts';

interface Transition {
  at: string;
  subjectKind: string;
  from: string | null;
  to: string;
  event: string;
  actorKind: string;
  actorId: string;
  reason: string | null;
}

const PER_AUCTION = ['offers', 'payments', 'disbursements', 'erp-documents'] as const;

/** Every change of state of a sale, from the audit log. */
export async function timelineOf(world: World, auctionId: string): Promise<string[]> {
  const subjects = [auctionId, ...(await subjectsOf(world, auctionId))];
  const histories = await Promise.all(
    subjects.map((id) => world.operator.get<{ items: Transition[] }>(`/v1/audit?subjectId=${id}`)),
  );
  const changes = histories.flatMap(({ items }) => items).sort((a, b) => a.at.localeCompare(b.at));
  const start = Date.parse(changes[0]!.at);
  return changes.map((change) => line(change, start));
}

async function subjectsOf(world: World, auctionId: string): Promise<string[]> {
  const lists = await Promise.all(
    PER_AUCTION.map((resource) => world.list<{ id: string }>(resource, auctionId)),
  );
  const payments = lists[1]!;
  const refunds = await Promise.all(
    payments.map(({ id }) =>
      world.operator.get<{ items: { id: string }[] }>(`/v1/payments/${id}/refunds`),
    ),
  );
  return [...lists.flat(), ...refunds.flatMap(({ items }) => items)].map(({ id }) => id);
}

function line(change: Transition, start: number): string {
  const seconds = ((Date.parse(change.at) - start) / 1_000).toFixed(1).padStart(6);
  const subject = change.subjectKind.replace('_', ' ').padEnd(13);
  const move = change.from === change.to ? change.event : `${change.from ?? '·'} → ${change.to}`;
  const who = change.actorKind === 'workflow' ? '' : ` by ${change.actorId}`;
  const why = change.reason ? ` (${change.reason})` : '';
  return `${seconds} s  ${subject} ${move}${who}${why}`;
}

/** Where the money of a sale is in the end: one line per account, and what it all adds up to. */
export async function moneyOf(world: World, auctionId: string): Promise<string[]> {
  const entries = await world.list<LedgerEntry>('ledger/entries', auctionId);
  if (entries.length === 0) return ['no money moved'];
  const balances = new Map<string, number>();
  for (const { account, amountMinor } of entries) {
    balances.set(account, (balances.get(account) ?? 0) + amountMinor);
  }
  const rows = [...balances].filter(([, balance]) => balance !== 0);
  const sum = rows.reduce((total, [, balance]) => total + balance, 0);
  const width = Math.max(
    ...rows.map(([account, balance]) => meaningOf(account, balance).length),
    'sum'.length,
  );
  const row = (name: string, minor: number) =>
    `${name.padEnd(width)}  ${toDecimal(minor, 'USD').padStart(10)} USD`;
  return [
    ...rows.map(([account, balance]) => row(meaningOf(account, balance), balance)),
    `${'-'.repeat(width + 16)}`,
    row('sum', sum),
  ];
}

function meaningOf(account: string, balance: number): string {
  const [owner, id, what] = account.split(':');
  if (owner === 'buyer') return `paid by ${id}`;
  if (owner === 'seller' && balance < 0) return `owed by seller ${id}`;
  if (what === 'credit') return `owed to seller ${id}`;
  if (owner === 'seller') return what ? `held for seller ${id}` : `paid to seller ${id}`;
  if (account === 'house') return 'kept by the house';
  if (account === 'house:held') return 'held for the house';
  if (account.startsWith('house:tax:')) return `tax for ${what}`;
  return "PayPal's fee";
}
