import type { EntityManager } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { changeState, lockSubject } from '../../database/change-state.ts';
import type { Disbursement, Payment } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { heldFor, post } from '../../services/ledger/post-ledger.ts';
import { keepFigure } from '../../services/reconciliation/figures.ts';
import { settlementFor } from '../../domain/erp/erp-document.ts';
import { releasePosting } from '../../domain/ledger/ledger.ts';
import type { DisbursementState } from '../../domain/disbursement/lifecycle.ts';
import { toDecimal } from '../../domain/common/money.ts';
import { workflowCause } from '../runtime/context.ts';
import { issueDocument, saleOf } from '../erp/issue-document.ts';

/** The seller has the money: ledger, auction, ERP and the seller hear of it in one transaction. */
export async function settle(
  tx: EntityManager,
  id: string,
  event: 'confirmRelease' | 'recordAutoRelease',
  {
    payoutId,
    payoutFeeMinor,
    paidMinor,
  }: { payoutId?: string; payoutFeeMinor: number; paidMinor?: number } = { payoutFeeMinor: 0 },
): Promise<DisbursementState> {
  const { changed, row } = await changeState(tx, 'disbursement', id, event, workflowCause(), {
    releasedAt: await databaseNow(tx),
    failureReason: null,
    alarm: null,
    nextTryAt: null,
    ...(payoutId && { payoutItemId: payoutId }),
  });
  if (!changed) return row.state;
  const payment = await lockSubject(tx, 'payment', row.paymentId);
  const held = await heldFor(tx, row.auctionId, row.sellerId, row.paymentId);
  const { nettedMinor } = row;
  const release = { ...payment, disbursementId: id, payoutFeeMinor, nettedMinor };
  await post(tx, releasePosting(release, held));
  if (paidMinor !== undefined) {
    const figure = { reference: payment.id, saidMinor: paidMinor };
    const expectedMinor = held.sellerMinor - nettedMinor;
    await keepFigure(tx, payment, { ...figure, subject: 'payout_amount', expectedMinor });
  }
  // Late money is no sale, which may be another's by now.
  if (payment.state !== 'returning') {
    await changeState(tx, 'auction', row.auctionId, 'settle', workflowCause());
  }
  await issueDocument(
    tx,
    'settlement',
    id,
    settlementFor(await saleOf(tx, payment), {
      refundedMinor: payment.payoutMinor! - held.sellerMinor,
      nettedMinor,
    }),
    row,
  );
  await notify(tx, {
    recipientId: row.sellerId,
    kind: 'paid_out',
    subjectId: id,
    text: `PayPal has paid you ${toDecimal(held.sellerMinor - nettedMinor, row.currency)} ${row.currency}.${nettedText(row, payment)}${creditText(payment)}`,
  });
  if (event === 'recordAutoRelease') {
    await notify(tx, {
      recipientId: OPERATORS,
      kind: 'auto_released',
      subjectId: id,
      text: `PayPal has paid the seller by itself, 28 days after the capture.`,
    });
  }
  return row.state;
}

function nettedText({ nettedMinor }: Disbursement, { recoveryMinor, currency }: Payment): string {
  const keptMinor = nettedMinor + recoveryMinor;
  return keptMinor
    ? ` We have kept ${toDecimal(keptMinor, currency)} ${currency} for what you owed us.`
    : '';
}

const creditText = ({ sellerCreditMinor, currency }: Payment): string =>
  sellerCreditMinor
    ? ` We owe you ${toDecimal(sellerCreditMinor, currency)} ${currency} more: PayPal's fee, which we bear.`
    : '';
