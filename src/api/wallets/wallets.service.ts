import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { propose } from '../../services/approval/approvals.ts';
import { balanceNow } from '../../services/ledger/statement.ts';
import { givenAloneMinor, hasWallet, openWallet } from '../../services/wallet/credit.ts';
import { TransferLane } from '../../services/wallet/transfer-lane.ts';
import type { RefusedTransfer, TransferRequest } from '../../services/wallet/transfer.ts';
import { accounts } from '../../domain/ledger/ledger.ts';
import type { Currency } from '../../domain/common/money.ts';
import { CREDIT_LIMITS, type CreditLimits } from '../dependencies.ts';
import type { Access } from '../http/access.ts';
import { keyReused, type Change } from '../http/change.ts';
import { forbidden, notFound, Problem } from '../http/problem.ts';
import { giveCredit, insufficientFunds, noWallet } from './give-credit.ts';
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
    @Inject(CREDIT_LIMITS) private readonly limits: CreditLimits,
  ) {}

  async open({ tx }: Change, { id }: Access, currency: Currency): Promise<WalletView> {
    await openWallet(tx, id, currency);
    return view(tx, id);
  }

  get(access: Access, ownerId: string): Promise<WalletView> {
    if (!access.seesAll && ownerId !== access.id) throw notFound('wallet', ownerId);
    return view(this.database.manager, ownerId);
  }

  /** The house's, or a seller's own to give. Above an amount the house needs a second person. */
  async credit(
    { tx, cause }: Change,
    { id: actorId, seesAll }: Access,
    ownerId: string,
    { reason, ...amount }: IssueCredit,
  ): Promise<IssuedCredit> {
    const { currency, amountMinor } = amount;
    if (actorId === ownerId) {
      throw new Problem(403, 'not_for_oneself', 'Nobody gives credit to oneself: ask another.');
    }
    if (amountMinor > this.limits.largestMinor) throw tooLarge(this.limits.largestMinor);
    const answer = { ownerId, ...amount };
    if (seesAll && (await this.needsSecondPerson(tx, answer))) {
      const proposal = { kind: 'store_credit', subjectId: ownerId, request: answer } as const;
      const { id } = await propose(tx, proposal, { ...cause(), reason });
      return { id, ...answer, balanceMinor: null, approvalId: id };
    }
    const creditId = randomUUID();
    const from = seesAll ? ('house' as const) : { sellerId: actorId };
    const by = { actorId, reason };
    const balanceMinor = await giveCredit(tx, {
      creditId,
      from,
      ownerId,
      currency,
      amountMinor,
      by,
    });
    return { id: creditId, ...answer, balanceMinor, approvalId: null };
  }

  /** What an owner gets in parts within a day counts together. */
  private async needsSecondPerson(
    tx: EntityManager,
    { ownerId, currency, amountMinor }: Pick<IssuedCredit, 'ownerId' | 'currency' | 'amountMinor'>,
  ): Promise<boolean> {
    if (!(await hasWallet(tx, ownerId, currency))) throw noWallet({ ownerId, currency });
    const givenMinor = await givenAloneMinor(tx, ownerId, currency);
    return givenMinor + amountMinor > this.limits.approvalAboveMinor;
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
      return noWallet({ ownerId: recipientId, currency });
    case 'idempotency_key_reused':
      return keyReused();
  }
}

const tooLarge = (largestMinor: number) =>
  new Problem(
    422,
    'credit_too_large',
    `At once at most ${largestMinor} (minor units) of credit are given (LARGEST_CREDIT_MINOR).`,
    { largestCreditMinor: largestMinor },
  );
