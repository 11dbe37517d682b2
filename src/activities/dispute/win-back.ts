import type { EntityManager } from 'typeorm';
import { changeState } from '../../database/change-state.ts';
import { openDisbursement } from '../../services/disbursement/follow-stops.ts';
import { Payment, Refund, Seller } from '../../database/entities/index.ts';
import { post } from '../../services/ledger/post-ledger.ts';
import { isLeaving } from '../../domain/disbursement/may-leave.ts';
import { wonBackPosting } from '../../domain/dispute/postings.ts';
import { debitNoteFor } from '../../domain/erp/erp-document.ts';
import { accounts } from '../../domain/ledger/ledger.ts';
import { refundShares, type RefundShares } from '../../domain/refund/refund-shares.ts';
import { workflowCause } from '../runtime/context.ts';
import { issueDocument, saleOf } from '../erp/issue-document.ts';

/**
 * PayPal has decided an appeal, and so much of what was lost comes back: it is taken off the losses, the
 * last first. Gives what could not be, because a part of the same loss has come back before.
 */
export async function winBack(
  tx: EntityManager,
  payment: Payment,
  losses: readonly Refund[],
  amountMinor: number,
): Promise<number> {
  let restMinor = amountMinor;
  for (const loss of losses.toReversed()) {
    const minor = Math.min(restMinor, loss.amountMinor);
    if (minor === 0 || loss.wonBackMinor > 0) continue;
    await undo(tx, payment, loss, minor);
    restMinor -= minor;
  }
  return restMinor;
}

async function undo(
  tx: EntityManager,
  payment: Payment,
  loss: Refund,
  amountMinor: number,
): Promise<void> {
  const refundedMinor = payment.refundedMinor - amountMinor;
  const part = { refundMinor: amountMinor, refundedBeforeMinor: refundedMinor };
  const shares = refundShares(payment, part);
  const isHeld = await stillHeld(tx, payment.id);
  const toCreditMinor = isHeld ? 0 : await owedToSeller(tx, payment, loss, shares);
  const wonBack = { ...payment, refundId: loss.id, amountMinor, isHeld, toCreditMinor };
  await post(tx, wonBackPosting(wonBack, shares));
  await tx.update(Refund, { id: loss.id }, { wonBackMinor: amountMinor });

  payment.refundedMinor = refundedMinor;
  await tx.update(Payment, { id: payment.id }, { refundedMinor });
  const why = workflowCause(`won back: ${loss.reason}`);
  await changeState(tx, 'payment', payment.id, refundedMinor ? 'regainPart' : 'regainAll', why);

  const { premiumTaxMinor } = shares;
  const given = { refundId: loss.id, amountMinor, premiumTaxMinor };
  const note = debitNoteFor(await saleOf(tx, payment), given);
  await issueDocument(tx, 'debit_note', loss.id, note, payment);
}

/** What the house is paying out is fixed already, and what has been paid out or undone is held no more. */
async function stillHeld(tx: EntityManager, paymentId: string): Promise<boolean> {
  const disbursement = await openDisbursement(tx, paymentId);
  if (!disbursement) return false;
  return disbursement.heldBy === 'paypal' || !isLeaving(disbursement.state);
}

/** PayPal gives the seller's part to the seller; in the house's account it is the house that owes it. */
async function owedToSeller(
  tx: EntityManager,
  { heldBy, sellerId }: Payment,
  loss: Refund,
  { sellerMinor, recoveryMinor }: RefundShares,
): Promise<number> {
  const { isHouse } = await tx.findOneByOrFail(Seller, { id: sellerId });
  if (isHouse) return 0;
  if (heldBy === 'house') return sellerMinor;
  const [{ owed }] = await tx.query<[{ owed: number }]>(
    `SELECT -coalesce(sum(amount_minor), 0)::bigint AS owed
     FROM ledger_entry JOIN ledger_transaction AS t ON t.id = transaction_id
     WHERE t.kind = 'refund' AND t.subject_id = $1 AND account = $2`,
    [loss.id, accounts.sellerCredit(sellerId)],
  );
  return Math.max(0, Math.min(sellerMinor, owed - recoveryMinor));
}
