import { z } from 'zod';
import {
  AmountMinor,
  Currency,
  ExternalId,
  Id,
  Line,
  Moment,
  SignedMinor,
  Words,
} from '../http/schemas.ts';

export const OpenWallet = z.object({ currency: Currency }).meta({ id: 'OpenWallet' });

export const WalletView = z
  .object({
    ownerId: ExternalId,
    balances: z.array(z.object({ currency: Currency, balanceMinor: SignedMinor })),
  })
  .meta({ id: 'Wallet' });
export type WalletView = z.infer<typeof WalletView>;

export const IssueCredit = z
  .object({
    currency: Currency,
    amountMinor: AmountMinor,
    reason: Words(500).describe('kept in the ledger, where the owner can read it'),
  })
  .meta({ id: 'IssueCredit' });
export type IssueCredit = z.infer<typeof IssueCredit>;

export const IssuedCredit = z
  .object({
    id: Id,
    ownerId: ExternalId,
    currency: Currency,
    amountMinor: AmountMinor,
    balanceMinor: SignedMinor.nullable().describe('of the wallet afterwards, minor units'),
    approvalId: Id.nullable().describe(
      'not given yet: waits for a second person; see /v1/approvals',
    ),
  })
  .meta({ id: 'IssuedCredit' });
export type IssuedCredit = z.infer<typeof IssuedCredit>;

export const MakeTransfer = z
  .object({
    recipientId: ExternalId,
    currency: Currency,
    amountMinor: AmountMinor,
    note: Line(200).min(1).optional().describe('for the recipient to read'),
  })
  .meta({ id: 'MakeTransfer' });
export type MakeTransfer = z.infer<typeof MakeTransfer>;

export const TransferView = z
  .object({
    id: Id,
    senderId: ExternalId,
    recipientId: ExternalId,
    currency: Currency,
    amountMinor: AmountMinor,
    note: z.string().nullable(),
    postedAt: Moment,
  })
  .meta({ id: 'Transfer' });
export type TransferView = z.infer<typeof TransferView>;
