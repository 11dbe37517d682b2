import type { World } from './world.ts';

/** A demonstration is a policy with seconds in it, not a different program. */
const DEMONSTRATION = {
  increments: 'ebay-us',
  softClose: { window: 'PT2S', extendBy: 'PT2S', mode: 'resetFromBid' },
  paymentWindow: 'PT2M',
  secondChanceDepth: 1,
  secondChanceWindow: 'PT1M',
  inspection: 'PT2S',
  longestHold: 'P21D',
  lastSafeMoment: 'P27D',
  buyersPremium: 1_500,
  sellersCommission: 1_000,
};

export const PATIENT = 'demonstration';
/** For the winner who does not pay. */
export const IMPATIENT = 'demonstration-impatient';
export const SELLER = 'atelier-nord';

export async function prepare(world: World): Promise<void> {
  const { operator } = world;
  const seller = { id: SELLER, name: 'Atelier Nord', paypalMerchantId: 'ATELIERNORD01' };
  await operator.write('/v1/sellers', seller, { at: `/v1/sellers/${SELLER}` });
  await operator.write(`/v1/policies/${PATIENT}`, DEMONSTRATION);
  await operator.write(`/v1/policies/${IMPATIENT}`, { ...DEMONSTRATION, paymentWindow: 'PT8S' });
}
