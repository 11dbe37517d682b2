import { z } from 'zod';
import { someOf } from '../http/edits/changes.ts';
import { etagOf } from '../http/edits/etag.ts';
import { ExternalId, Line, Moment, Words } from '../http/schemas.ts';
import { partOf, viewsOf } from '../http/views/views.ts';

const SellerId = ExternalId.refine((id) => !/:(held|credit)$/.test(id), {
  error: 'must not end as the ledger accounts of another seller do',
}).describe("the subject of the seller's tokens");

const Facts = z.object({
  name: Line(200).min(1),
  paypalMerchantId: z
    .string()
    .regex(/^[A-Z0-9]{5,20}$/)
    .describe('the PayPal account that is paid'),
  isHouse: z.boolean().describe('the house itself: its lots have a least price'),
  delayedDisbursement: z.boolean().describe('whether PayPal holds money for the seller'),
  associates: z
    .array(ExternalId)
    .max(100)
    .describe("bidders of the seller's own, who may not bid on the seller's pieces"),
});

export const WriteSeller = someOf(Facts.shape)
  .extend({ id: SellerId })
  .meta({ id: 'WriteSeller', description: 'A new seller needs a name and paypalMerchantId.' });
export type WriteSeller = z.infer<typeof WriteSeller>;

export const ChangePayee = Facts.pick({ paypalMerchantId: true })
  .extend({ reason: Words(500).describe('kept in the audit log') })
  .meta({ id: 'ChangePayee' });

export const SellerView = Facts.extend({ id: z.string(), createdAt: Moment }).meta({
  id: 'Seller',
});
export type SellerView = z.infer<typeof SellerView>;

export const SELLER_VIEWS = viewsOf(SellerView, {
  finance: partOf(SellerView, 'SellerForFinance', [
    'id',
    'name',
    'paypalMerchantId',
    'isHouse',
    'delayedDisbursement',
    'createdAt',
  ]),
});

export const etagOfSeller = (seller: SellerView) =>
  etagOf(Object.keys(Facts.shape).map((name) => seller[name as keyof typeof Facts.shape]));
