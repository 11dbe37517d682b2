import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { Allow } from '../http/access.ts';
import { Currency, Id, Moment, pageOf, SignedMinor } from '../http/schemas.ts';

const EntryView = z
  .object({
    id: z.int(),
    transactionId: z.int(),
    kind: z.enum(['capture', 'release', 'refund']),
    auctionId: Id,
    account: z.string(),
    currency: Currency,
    amountMinor: SignedMinor.describe('minor units; positive puts money into the account'),
    postedAt: Moment,
  })
  .meta({ id: 'LedgerEntry' });
const EntryPage = pageOf(EntryView, 'LedgerEntryPage');

const EntryQuery = z.object({
  auctionId: Id.optional(),
  account: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  after: z.coerce.number().int().min(0).default(0),
});

const Balances = z
  .object({
    items: z.array(
      z.object({ account: z.string(), currency: Currency, balanceMinor: SignedMinor }),
    ),
  })
  .meta({ id: 'LedgerBalances' });

const BalanceQuery = z.object({ account: z.string().max(200).optional() });

@ApiTags('ledger')
@Controller('v1/ledger')
export class LedgerController {
  constructor(private readonly database: DataSource) {}

  @Get('entries')
  @Allow('finance', 'operator')
  @ApiOperation({ summary: 'Ledger entries, oldest first' })
  @ApiOkResponse({ standardSchema: EntryPage })
  async entries(@Query({ schema: EntryQuery }) query: z.infer<typeof EntryQuery>) {
    const rows = await this.database.query<(z.infer<typeof EntryView> & { postedAt: Date })[]>(
      `SELECT entry.id, transaction_id AS "transactionId", kind, auction_id AS "auctionId", account,
              currency, amount_minor AS "amountMinor", posted_at AS "postedAt"
       FROM ledger_entry AS entry JOIN ledger_transaction AS t ON t.id = transaction_id
       WHERE ($1::uuid IS NULL OR auction_id = $1) AND ($2::text IS NULL OR account = $2)
         AND entry.id > $3
       ORDER BY entry.id LIMIT $4`,
      [query.auctionId ?? null, query.account ?? null, query.after, query.limit + 1],
    );
    const items = rows.slice(0, query.limit);
    return { items, next: rows.length > query.limit ? String(items.at(-1)!.id) : null };
  }

  @Get('balances')
  @Allow('finance', 'operator')
  @ApiOperation({ summary: 'What each account holds' })
  @ApiOkResponse({ standardSchema: Balances })
  async balances(@Query({ schema: BalanceQuery }) { account }: z.infer<typeof BalanceQuery>) {
    const items = await this.database.query<z.infer<typeof Balances>['items']>(
      `SELECT account, currency, balance_minor AS "balanceMinor" FROM ledger_balance
       WHERE $1::text IS NULL OR account = $1 ORDER BY account, currency LIMIT 1000`,
      [account ?? null],
    );
    return { items };
  }
}
