import type { EntityManager } from 'typeorm';
import { Seller, type Approval } from '../../database/entities/index.ts';
import type { ApprovalKind } from '../../database/entities/approval.ts';
import { entriesOf, reverse } from '../../services/ledger/reverse.ts';
import { notify } from '../../database/notices.ts';
import { lockThing } from '../http/edits/lock.ts';
import { mustBeForAnother, mustMoveForOthers } from '../http/not-for-oneself.ts';
import { Problem } from '../http/problem.ts';
import type { Role } from '../http/tokens.ts';
import { reversalRefused } from '../ledger/refusals.ts';
import { giveCredit } from '../wallets/give-credit.ts';

interface Act<Kind extends ApprovalKind> {
  /** Who may decide; admins may always. */
  readonly by: readonly Role[];
  /** Throws a Problem when it is about whoever approves it. */
  mustBeForAnother(
    tx: EntityManager,
    approval: Approval<Kind>,
    approvedBy: string,
  ): void | Promise<void>;
  /** Does it, in the transaction that approves it; answers what came of it. Throws a Problem. */
  run(
    tx: EntityManager,
    approval: Approval<Kind>,
    approvedBy: string,
  ): Promise<Record<string, string | number>>;
}

const storeCredit: Act<'store_credit'> = {
  by: ['operator', 'finance'],
  mustBeForAnother: (_, { request }, approvedBy) => mustBeForAnother(approvedBy, request.ownerId),
  async run(tx, { id, request, proposedBy: actorId, reason }, approvedBy) {
    const by = { actorId, reason, approvedBy };
    const balanceMinor = await giveCredit(tx, { creditId: id, from: 'house', ...request, by });
    return { creditId: id, balanceMinor };
  },
};

const ledgerReversal: Act<'ledger_reversal'> = {
  by: ['finance'],
  mustBeForAnother: async (tx, { request: { transactionId } }, approvedBy) =>
    mustMoveForOthers(approvedBy, await entriesOf(tx, transactionId)),
  async run(tx, { request: { transactionId }, proposedBy: actorId, reason }, approvedBy) {
    const reversal = await reverse(tx, transactionId, { actorId, reason, approvedBy });
    if (reversal.outcome === 'refused') throw reversalRefused(transactionId, reversal);
    return { transactionId: reversal.transactionId };
  },
};

const payeeChange: Act<'payee_change'> = {
  by: ['operator', 'finance'],
  mustBeForAnother: (_, { request }, approvedBy) => mustBeForAnother(approvedBy, request.sellerId),
  async run(tx, { id, request: { sellerId, from, to } }) {
    await lockThing(tx, 'seller', sellerId);
    const changed = await tx.update(
      Seller,
      { id: sellerId, paypalMerchantId: from },
      { paypalMerchantId: to },
    );
    if (changed.affected !== 1) {
      throw new Problem(
        409,
        'changed_meanwhile',
        `The seller is not paid to ${from} any more: reject this, and propose anew what is wanted.`,
      );
    }
    await notify(tx, {
      recipientId: sellerId,
      kind: 'payee_changed',
      subjectId: id,
      text: `From now on new sales are paid to the PayPal account ${to} instead of ${from}. Was it not you who asked for that, tell us at once.`,
    });
    return { paypalMerchantId: to };
  },
};

export const ACTS: { readonly [Kind in ApprovalKind]: Act<Kind> } = {
  store_credit: storeCredit,
  ledger_reversal: ledgerReversal,
  payee_change: payeeChange,
};

/** The act of an approval of any kind. */
export const actOf = ({ kind }: Approval): Act<ApprovalKind> =>
  ACTS[kind] as unknown as Act<ApprovalKind>;
