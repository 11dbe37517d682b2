import type { EntityManager } from 'typeorm';
import { accounts, receiptPosting } from '../../domain/ledger/ledger.ts';
import { toDecimal, type Currency } from '../../domain/common/money.ts';
import { hashId } from '../../database/hash-id.ts';
import { notify } from '../../database/notices.ts';
import { lockAccounts, post } from './post-ledger.ts';

export interface Receipt {
  readonly sellerId: string;
  readonly currency: Currency;
  readonly amountMinor: number;
  /** What tells this payment from others: of one seller and currency, each counts once. */
  readonly reference: string;
  readonly actorId: string;
}

export type ReceiptOutcome =
  | { readonly outcome: 'received'; readonly receiptId: string; readonly owedMinor: number }
  | { readonly outcome: 'alreadyReceived' }
  /** More than the seller owes: a slip, or money that is something else. */
  | { readonly outcome: 'tooMuch'; readonly owedMinor: number };

/** A seller has paid what is owed, by other ways than a sale; it is owed no more. */
export async function receiveFromSeller(
  tx: EntityManager,
  receipt: Receipt,
): Promise<ReceiptOutcome> {
  const { sellerId, currency, amountMinor, reference, actorId } = receipt;
  const receiptId = hashId(`${sellerId}\n${currency}\n${reference}`);
  const credit = accounts.sellerCredit(sellerId);
  const { balances } = await lockAccounts(tx, currency, [accounts.seller(sellerId), credit]);
  const known = await tx.query<unknown[]>(
    `SELECT FROM ledger_transaction WHERE kind = 'receipt' AND subject_id = $1`,
    [receiptId],
  );
  if (known.length > 0) return { outcome: 'alreadyReceived' };
  const owedMinor = Math.max(0, -balances.get(credit)!);
  if (amountMinor > owedMinor) return { outcome: 'tooMuch', owedMinor };

  const by = { actorId, reason: reference };
  await post(tx, receiptPosting({ receiptId, sellerId, currency, amountMinor, by }));
  const leftMinor = owedMinor - amountMinor;
  await notify(tx, {
    recipientId: sellerId,
    kind: 'debt_received',
    subjectId: receiptId,
    text: `We have received ${toDecimal(amountMinor, currency)} ${currency} of what you owe us (${reference}); ${toDecimal(leftMinor, currency)} ${currency} is left.`,
  });
  return { outcome: 'received', receiptId, owedMinor: leftMinor };
}
