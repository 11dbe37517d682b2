import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { balanceNow } from '../../database/ledger/statement.ts';
import { issueCredit, openWallet } from '../../database/wallets/credit.ts';
import { TransferLane } from '../../database/wallets/transfer-lane.ts';
import type { RefusedTransfer, TransferRequest } from '../../database/wallets/transfer.ts';
import { accounts } from '../../domain/ledger.ts';
import type { Currency } from '../../domain/money.ts';
import type { Access } from '../http/access.ts';
import { keyReused, type Change } from '../http/change.ts';
import { forbidden, notFound, Problem } from '../http/problem.ts';
import type {
  IssueCredit,
  IssuedCredit,
  MakeTransfer,
  TransferView,
  WalletView,
} from './wallets.schemas.ts';

@Injectable()
export class WalletsService {
  constructor(
    private readonly database: DataSource,
    private readonly lane: TransferLane,
  ) {}

  async open({ tx }: Change, { id }: Access, currency: Currency): Promise<WalletView> {
    await openWallet(tx, id, currency);
    return view(tx, id);
  }

  get(access: Access, ownerId: string): Promise<WalletView> {
    if (!access.seesAll && ownerId !== access.id) throw notFound('wallet', ownerId);
    return view(this.database.manager, ownerId);
  }

  /** The house's, or a seller's own to give. */
  async credit(
    { tx }: Change,
    { id: actorId, seesAll }: Access,
    ownerId: string,
    { currency, amountMinor, reason }: IssueCredit,
  ): Promise<IssuedCredit> {
    const creditId = randomUUID();
    const issued = await issueCredit(tx, {
      creditId,
      from: seesAll ? 'house' : { sellerId: actorId },
      ownerId,
      currency,
      amountMinor,
      by: { actorId, reason },
    });
    if (issued.outcome === 'refused') throw insufficientFunds(issued.availableMinor);
    return { id: creditId, ownerId, currency, amountMinor, balanceMinor: issued.balanceMinor };
  }

  async transfer(
    access: Access,
    senderId: string,
    wanted: MakeTransfer,
    idempotencyKey: string,
  ): Promise<TransferView> {
    if (senderId !== access.id) throw forbidden('Money is sent from one’s own wallet only.');
    const transfer = { senderId, ...wanted, note: wanted.note ?? null };
    const answer = await this.lane.ask({ ...transfer, idempotencyKey });
    if (!answer.made) throw refusal(transfer, answer);
    return { ...transfer, id: answer.id, postedAt: answer.postedAt };
  }
}

async function view(manager: EntityManager, ownerId: string): Promise<WalletView> {
  const balances = await balanceNow(manager, accounts.wallet(ownerId));
  if (balances.length === 0) throw notFound('wallet', ownerId);
  return { ownerId, balances };
}

function refusal(
  { recipientId, currency }: Pick<TransferRequest, 'recipientId' | 'currency'>,
  refused: RefusedTransfer,
): Problem {
  switch (refused.code) {
    case 'insufficient_funds':
      return insufficientFunds(refused.availableMinor);
    case 'same_wallet':
      return new Problem(422, refused.code, 'Sender and recipient are the same.');
    case 'wallet_not_found':
      return new Problem(
        404,
        refused.code,
        `${recipientId} has no wallet in ${currency}: whoever receives money opens one first.`,
      );
    case 'idempotency_key_reused':
      return keyReused();
  }
}

const insufficientFunds = (availableMinor: number) =>
  new Problem(422, 'insufficient_funds', `Only ${availableMinor} (minor units) are there.`, {
    availableMinor,
  });
