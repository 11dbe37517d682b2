import { Body, Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Command, idempotencyKeyOf, InChange, type Change } from '../http/change.ts';
import { ExternalId } from '../http/schemas.ts';
import {
  IssueCredit,
  IssuedCredit,
  MakeTransfer,
  OpenWallet,
  TransferView,
  WalletView,
} from './wallets.schemas.ts';
import { WalletsService } from './wallets.service.ts';

/** What a wallet has seen is its account's statement: /v1/ledger/accounts/wallet:{ownerId}/statement. */
@ApiTags('wallets')
@Controller('v1/wallets')
export class WalletsController {
  constructor(private readonly wallets: WalletsService) {}

  @Post()
  @Command('seller', 'bidder')
  @ApiOperation({
    summary: "Opens the caller's wallet in a currency, so that money can be sent to it",
  })
  @ApiOkResponse({ standardSchema: WalletView })
  open(
    @InChange() change: Change,
    @CurrentAccess() access: Access,
    @Body({ schema: OpenWallet }) { currency }: z.infer<typeof OpenWallet>,
  ) {
    return this.wallets.open(change, access, currency);
  }

  @Get(':ownerId')
  @Allow('finance', 'operator', 'seller', 'bidder')
  @ApiOperation({ summary: 'What a wallet holds now' })
  @ApiOkResponse({ standardSchema: WalletView })
  get(@CurrentAccess() access: Access, @Param('ownerId', { schema: ExternalId }) ownerId: string) {
    return this.wallets.get(access, ownerId);
  }

  @Post(':ownerId/credits')
  @Command('finance', 'operator', 'seller')
  @ApiOperation({
    summary: "Puts store credit into a wallet: the house's, or (sellers) out of the own balance",
  })
  @ApiOkResponse({ standardSchema: IssuedCredit })
  credit(
    @InChange() change: Change,
    @CurrentAccess() access: Access,
    @Param('ownerId', { schema: ExternalId }) ownerId: string,
    @Body({ schema: IssueCredit }) body: IssueCredit,
  ) {
    return this.wallets.credit(change, access, ownerId, body);
  }

  @Post(':ownerId/transfers')
  @HttpCode(200)
  @Allow('seller', 'bidder')
  @ApiOperation({
    summary: 'Sends money to another wallet; the answer comes after the commit that makes it last',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: true })
  @ApiOkResponse({ standardSchema: TransferView })
  transfer(
    @Req() request: FastifyRequest,
    @CurrentAccess() access: Access,
    @Param('ownerId', { schema: ExternalId }) ownerId: string,
    @Body({ schema: MakeTransfer }) body: MakeTransfer,
  ) {
    return this.wallets.transfer(access, ownerId, body, idempotencyKeyOf(request));
  }
}
