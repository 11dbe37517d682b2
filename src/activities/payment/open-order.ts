import type { DataSource } from 'typeorm';
import { declareCause } from '../../database/change-state.ts';
import { Auction, Lot, Seller, type Payment } from '../../database/entities/index.ts';
import type { PayPal, RefusedOutcome } from '../../integrations/paypal/index.ts';
import { policyOf, workflowCause } from '../runtime/context.ts';
import { rethrowForTemporal } from '../paypal/paypal-faults.ts';
import { reserveRecovery } from '../disbursement/recovery.ts';

interface Deps {
  readonly database: DataSource;
  readonly paypal: PayPal;
  readonly returnUrl: string;
}

export interface OpenedOrder {
  readonly outcome: 'created';
  readonly orderId: string;
  readonly approveUrl: string;
  readonly heldBy: Payment['heldBy'];
  /** Fixed from here on: a seller may change the account for later orders. */
  readonly payeeMerchantId: string;
  readonly authoriseFirst: boolean;
  /** By how much the platform fee is raised for what the seller owes the house. */
  readonly recoveryMinor: number;
}

/**
 * An order whose money PayPal is to hold for the seller. When PayPal does not do that for the seller, and
 * the policy allows it, the order is the house's own: the house takes the money, and holds it.
 */
export async function openOrderAtPayPal(
  deps: Deps,
  payment: Payment,
): Promise<OpenedOrder | RefusedOutcome> {
  const { manager } = deps.database;
  const seller = await manager.findOneByOrFail(Seller, { id: payment.sellerId });
  const auction = await manager.findOneByOrFail(Auction, { id: payment.auctionId });
  const { withoutDelayedDisbursement } = await policyOf(manager, auction);
  const houseMayHold = withoutDelayedDisbursement === 'holdInHouseAccount';

  // A house that may not hold asks PayPal every time: it may have been enabled since.
  if (seller.delayedDisbursement || !houseMayHold) {
    const recoveryMinor = await deps.database.transaction((tx) => reserveRecovery(tx, payment.id));
    const order = await create(deps, { ...payment, recoveryMinor }, auction, seller, 'paypal');
    const enabled = order.outcome !== 'refused' || order.issue !== NOT_ENABLED;
    if (enabled !== seller.delayedDisbursement && (order.outcome !== 'refused' || !enabled)) {
      await deps.database.transaction(async (tx) => {
        await declareCause(
          tx,
          workflowCause(enabled ? 'PayPal holds for the seller' : NOT_ENABLED),
        );
        await tx.update(Seller, { id: seller.id }, { delayedDisbursement: enabled });
      });
    }
    if (enabled || !houseMayHold) return order;
  }
  return create(deps, { ...payment, recoveryMinor: 0 }, auction, seller, 'house');
}

/** PayPal may refuse the invoice number of a payment that was begun and then denied. */
export const invoiceNumber = ({ id, orderNumber }: Pick<Payment, 'id' | 'orderNumber'>): string =>
  orderNumber === 1 ? id : `${id}-${orderNumber}`;

const NOT_ENABLED = 'DELAYED_DISBURSEMENT_NOT_SUPPORTED';

async function create(
  { database, paypal, returnUrl }: Deps,
  payment: Payment,
  auction: Auction,
  seller: Seller,
  heldBy: Payment['heldBy'],
): Promise<OpenedOrder | RefusedOutcome> {
  const { id, orderNumber, amountMinor, currency, platformFeeMinor, recoveryMinor } = payment;
  const { authoriseAboveMinor } = await policyOf(database.manager, auction);
  const authoriseFirst = authoriseAboveMinor !== null && amountMinor > authoriseAboveMinor;
  const lot = await database.manager.findOneByOrFail(Lot, { id: auction.lotId });
  const forSeller = heldBy === 'paypal';
  const payeeMerchantId = seller.paypalMerchantId;
  const order = await paypal.orders
    .create({
      // With another recovery or payee it is another order; the one before was shown to nobody.
      requestId: `order:${id}:${orderNumber}:${heldBy}${forSeller ? `:${payeeMerchantId}` : ''}${recoveryMinor ? `:${recoveryMinor}` : ''}`,
      referenceId: id,
      invoiceId: invoiceNumber(payment),
      description: lot.title,
      amountMinor,
      currency,
      platformFeeMinor: forSeller ? platformFeeMinor + recoveryMinor : 0,
      sellerMerchantId: forSeller ? payeeMerchantId : null,
      intent: authoriseFirst ? 'authorise' : 'capture',
      disbursement: forSeller ? 'delayed' : 'instant',
      returnUrl,
      cancelUrl: returnUrl,
    })
    .catch(rethrowForTemporal(database, id));
  return order.outcome === 'created'
    ? { ...order, heldBy, payeeMerchantId, authoriseFirst, recoveryMinor }
    : order;
}
