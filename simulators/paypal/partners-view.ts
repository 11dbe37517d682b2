import { z } from 'zod';
import type { Store } from './store.ts';

/** What PayPal lets a partner see of its sellers, where PayPal's documents do not say. */
export const PARTNERS_VIEW = z.object({
  /** own: the report lists only what moved in the partner's own account. */
  report: z.enum(['all', 'own']).default('all'),
  /** asSeller: an order is known only to whoever asks in its seller's name. */
  orders: z.enum(['all', 'asSeller']).default('all'),
});
type PartnersView = z.infer<typeof PARTNERS_VIEW>;

export const partnersView = (store: Store): PartnersView =>
  PARTNERS_VIEW.parse(JSON.parse(store.setting('partnersView') ?? '{}'));

export const savePartnersView = (store: Store, view: PartnersView): void =>
  store.saveSetting('partnersView', JSON.stringify(view));
