import { IMPATIENT, PATIENT, SELLER } from './policies.ts';
import type { World } from './world.ts';

export interface Story {
  readonly title: string;
  /** Plays the story and returns its auction. */
  readonly play: (world: World) => Promise<string>;
  /** How the auction must have ended. */
  readonly ends: { readonly auction: string; readonly unsoldReason?: string };
  /** How many ERP documents it leaves, all of them acknowledged. */
  readonly documents: number;
}

/** Long enough for a slow machine to place three bids. */
const AUCTION_SECONDS = 8;

export const STORIES: readonly Story[] = [
  {
    title: 'Paid and released',
    ends: { auction: 'settled' },
    documents: 2,
    async play(world) {
      const auctionId = await world.publish({
        title: 'Harbour at dusk, oil on canvas',
        policy: PATIENT,
        seller: SELLER,
        startPriceMinor: 200_00,
        seconds: AUCTION_SECONDS,
      });
      await world.bid(auctionId, 'ada', 250_00);
      await world.bid(auctionId, 'ben', 310_00);
      await world.bid(auctionId, 'ada', 420_00);
      await world.pay(auctionId, 'ada');
      await world.recordArrival(auctionId);
      return auctionId;
    },
  },
  {
    title: 'Unpaid, then taken and paid by the second bidder',
    ends: { auction: 'settled' },
    documents: 2,
    async play(world) {
      const auctionId = await world.publish({
        title: 'Ship chronometer, brass',
        policy: IMPATIENT,
        seller: SELLER,
        startPriceMinor: 500_00,
        commodityCode: '9102',
        seconds: AUCTION_SECONDS,
      });
      await world.bid(auctionId, 'cleo', 800_00);
      await world.bid(auctionId, 'dan', 700_00);
      await acceptSecondChance(world, auctionId, 'dan');
      await world.pay(auctionId, 'dan');
      await world.recordArrival(auctionId);
      return auctionId;
    },
  },
  {
    title: 'Reserve not met',
    ends: { auction: 'unsold', unsoldReason: 'reserve_not_met' },
    documents: 0,
    async play(world) {
      const auctionId = await world.publish({
        title: 'Sapphire brooch',
        policy: PATIENT,
        seller: SELLER,
        startPriceMinor: 100_00,
        reserveMinor: 900_00,
        commodityCode: '7113',
        seconds: AUCTION_SECONDS,
      });
      await world.bid(auctionId, 'emil', 300_00);
      await world.bid(auctionId, 'ada', 450_00);
      return auctionId;
    },
  },
  {
    title: 'No bids',
    ends: { auction: 'unsold', unsoldReason: 'no_bids' },
    documents: 0,
    play: (world) =>
      world.publish({
        title: 'Umbrella stand, cast iron',
        policy: PATIENT,
        seller: SELLER,
        startPriceMinor: 80_00,
        commodityCode: '9705',
        seconds: AUCTION_SECONDS,
      }),
  },
  {
    title: 'Refunded while held',
    ends: { auction: 'unsold', unsoldReason: 'refunded' },
    documents: 2,
    async play(world) {
      const auctionId = await world.publish({
        title: 'Porcelain vase, repaired',
        policy: PATIENT,
        seller: SELLER,
        startPriceMinor: 150_00,
        commodityCode: '9705',
        seconds: AUCTION_SECONDS,
      });
      await world.bid(auctionId, 'fay', 180_00);
      const payment = await world.pay(auctionId, 'fay');
      await world.operator.post(`/v1/payments/${payment.id}/refunds`, {
        reason: 'broken in transit',
      });
      return auctionId;
    },
  },
  {
    title: 'ERP document rejected, corrected by an operator, acknowledged',
    ends: { auction: 'settled' },
    documents: 2,
    async play(world) {
      const auctionId = await world.publish({
        title: 'Charcoal study',
        policy: PATIENT,
        seller: SELLER,
        startPriceMinor: 60_00,
        commodityCode: '97O1', // The letter O: the slip that the ERP finds.
        seconds: AUCTION_SECONDS,
      });
      await world.bid(auctionId, 'gus', 90_00);
      await world.pay(auctionId, 'gus');
      await correctInvoice(world, auctionId, '9701');
      await world.recordArrival(auctionId);
      return auctionId;
    },
  },
];

async function acceptSecondChance(world: World, auctionId: string, bidder: string): Promise<void> {
  const client = world.as('bidder', bidder);
  const offer = await world.until(`${bidder} has a second chance`, async () => {
    const offers = await client.get<{ items: { id: string; state: string }[] }>(
      `/v1/offers?auctionId=${auctionId}`,
    );
    return offers.items.find(({ state }) => state === 'extended');
  });
  await client.post(`/v1/offers/${offer.id}/accept`);
}

async function correctInvoice(world: World, auctionId: string, code: string): Promise<void> {
  const invoice = await world.documentIn<{
    id: string;
    kind: string;
    state: string;
    revision: number;
    body: object;
  }>(auctionId, 'invoice', 'rejected');
  await world.operator.post(
    `/v1/erp-documents/${invoice.id}/correct`,
    { body: { ...invoice.body, commodityCode: code }, reason: 'the letter O for a zero' },
    { headers: { 'if-match': `"${invoice.revision}"` } },
  );
}
