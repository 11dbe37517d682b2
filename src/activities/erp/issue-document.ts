import type { EntityManager } from 'typeorm';
import { declareCause } from '../../database/change-state.ts';
import { Auction, ErpDocument, Lot, type Payment } from '../../database/entities/index.ts';
import { sendLater } from '../../database/outbox.ts';
import type { ErpDocumentBody, ErpDocumentKind, Sale } from '../../domain/erp/erp-document.ts';
import { workflowIds } from '../../workflows/messages.ts';
import { policyOf, workflowCause } from '../runtime/context.ts';
import { correlationHere } from '../runtime/correlation.ts';

/** A captured payment as the ERP's documents want it. */
export async function saleOf(tx: EntityManager, payment: Payment): Promise<Sale> {
  const auction = await tx.findOneByOrFail(Auction, { id: payment.auctionId });
  const { premiumTax } = await policyOf(tx, auction);
  const lot = await tx.findOneByOrFail(Lot, { id: auction.lotId });
  return {
    ...payment,
    lotTitle: lot.title,
    commodityCode: lot.commodityCode,
    paypalFeeMinor: payment.paypalFeeMinor!,
    premiumTaxShare: premiumTax?.shares[payment.premiumTaxRegion ?? ''] ?? 0,
    sellerCreditMinor: payment.sellerCreditMinor ?? 0,
    payoutMinor: payment.payoutMinor!,
  };
}

/** Writes a document and has it sent, once per kind and subject. */
export async function issueDocument(
  tx: EntityManager,
  kind: ErpDocumentKind,
  subjectId: string,
  body: ErpDocumentBody,
  { auctionId, sellerId }: { auctionId: string; sellerId: string },
): Promise<void> {
  await declareCause(tx, workflowCause());
  const { identifiers } = await tx.insert(ErpDocument, { kind, subjectId, auctionId, body });
  const documentId = identifiers[0]!.id as string;
  await sendLater(
    tx,
    {
      kind: 'start',
      life: 'erpSync',
      workflowId: workflowIds.erpSync(documentId),
      input: { documentId },
      summary: `Sends the ${kind.replace('_', ' ')} to the ERP`,
      attributes: { GavelAuction: auctionId, GavelSeller: sellerId },
    },
    correlationHere(),
  );
}
