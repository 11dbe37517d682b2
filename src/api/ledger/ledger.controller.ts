import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { ApprovalView } from '../approvals/approvals.schemas.ts';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { Reason } from '../http/schemas.ts';
import {
  Account,
  AccountQuery,
  AccountView,
  BalancePage,
  BalanceQuery,
  EntryPage,
  EntryQuery,
  Statement,
  StatementQuery,
  TransactionId,
  TransactionView,
  type EntryView,
} from './ledger.schemas.ts';
import { LedgerService } from './ledger.service.ts';

@ApiTags('ledger')
@Controller('v1/ledger')
export class LedgerController {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: LedgerService,
  ) {}

  @Get('entries')
  @Allow('finance', 'operator')
  @ApiOperation({ summary: 'Ledger entries, oldest first' })
  @ApiOkResponse({ standardSchema: EntryPage })
  async entries(@Query({ schema: EntryQuery }) query: EntryQuery) {
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
  @ApiOkResponse({ standardSchema: BalancePage })
  async balances(@Query({ schema: BalanceQuery }) { account, limit, after = '' }: BalanceQuery) {
    const rows = await this.database.query<
      { account: string; currency: string; balanceMinor: number }[]
    >(
      `SELECT account, currency, balance_minor AS "balanceMinor" FROM ledger_balance
       WHERE ($1::text IS NULL OR account = $1) AND (account, currency) > ($2, $3)
       ORDER BY account, currency LIMIT $4`,
      [account ?? null, after.slice(4), after.slice(0, 3), limit + 1],
    );
    const items = rows.slice(0, limit);
    const last = items.at(-1)!;
    return { items, next: rows.length > limit ? `${last.currency}:${last.account}` : null };
  }

  @Get('accounts/:account')
  @Allow('finance', 'operator', 'seller', 'bidder')
  @ApiOperation({ summary: 'What an account holds now, or held at any time' })
  @ApiOkResponse({ standardSchema: AccountView })
  account(
    @CurrentAccess() access: Access,
    @Param('account', { schema: Account }) account: string,
    @Query({ schema: AccountQuery }) { at }: z.infer<typeof AccountQuery>,
  ) {
    return this.ledger.account(access, account, at);
  }

  @Get('accounts/:account/statement')
  @Allow('finance', 'operator', 'seller', 'bidder')
  @ApiOperation({
    summary: 'The entries of a period, with balances; once given, it stays the same',
  })
  @ApiOkResponse({ standardSchema: Statement })
  statement(
    @CurrentAccess() access: Access,
    @Param('account', { schema: Account }) account: string,
    @Query({ schema: StatementQuery }) query: StatementQuery,
  ) {
    return this.ledger.statement(access, account, query);
  }

  @Get('transactions/:id')
  @Allow('finance', 'operator')
  @ApiOperation({ summary: 'A ledger transaction with its entries' })
  @ApiOkResponse({ standardSchema: TransactionView })
  transaction(@Param('id', { schema: TransactionId }) id: number) {
    return this.ledger.transaction(id);
  }

  @Post('transactions/:id/reversal')
  @Command('finance')
  @ApiOperation({
    summary:
      'Proposes to take a transaction back by its exact opposite; a second person approves it',
  })
  @ApiOkResponse({ standardSchema: ApprovalView })
  reverse(
    @InChange() change: Change,
    @Param('id', { schema: TransactionId }) id: number,
    @Body({ schema: Reason }) { reason }: z.infer<typeof Reason>,
  ) {
    return this.ledger.reverse(change, id, reason);
  }
}
