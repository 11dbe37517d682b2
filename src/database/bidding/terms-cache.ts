import type pg from 'pg';
import type { BiddingTerms } from '../../domain/bidding.ts';
import { biddingTerms, softCloseOf } from '../../domain/policy.ts';
import type { SoftClose } from '../../domain/soft-close.ts';
import { arrayOf, uuid } from '../lanes/columns.ts';
import { integerOrNull, type Row, type Statement } from '../lanes/statements.ts';
import { policyVersion } from './policy-cache.ts';

/** What an auction was created with. The database refuses to change it, so what was read stays true. */
export interface AuctionTerms {
  readonly sellerId: string;
  readonly currency: string;
  readonly buyNowMinor: number | null;
  readonly bidding: BiddingTerms;
  readonly softClose: SoftClose | null;
}

const TERMS = `
SELECT id, seller_id, currency, buy_now_minor, policy_name, policy_version, start_price_minor,
       reserve_minor
FROM auction WHERE id = ANY ($1)`;

type TermsRow = [
  id: string,
  sellerId: string,
  currency: string,
  buyNowMinor: string | null,
  policyName: string,
  policyVersion: string,
  startPriceMinor: string,
  reserveMinor: string | null,
];

const ask = (ids: readonly string[]): Statement => ({
  name: 'terms',
  text: TERMS,
  values: [arrayOf(uuid, ids)],
});

/** The terms of the auctions that got bids lately. */
export class TermsCache {
  private readonly known = new Map<string, AuctionTerms>();

  /** Of so many auctions at least those of one batch. */
  constructor(private readonly most: number) {}

  /** Asks for the terms that are not known yet, if there are any. */
  read(ids: readonly string[]): Statement[] {
    const unknown = ids.filter((id) => !this.known.has(id));
    return unknown.length > 0 ? [ask(unknown)] : [];
  }

  /** The terms of these auctions, which exist, by id: from what was read now or before. */
  async termsOf(
    ids: readonly string[],
    read: readonly Row[],
    client: pg.ClientBase,
  ): Promise<ReadonlyMap<string, AuctionTerms>> {
    const terms = new Map<string, AuctionTerms>();
    for (const id of ids) if (this.known.has(id)) terms.set(id, this.known.get(id)!);
    if (this.known.size + read.length > this.most) this.known.clear();
    for (const row of read as unknown as TermsRow[]) {
      const found = await readTerms(row, client);
      terms.set(row[0], found);
      this.known.set(row[0], found);
    }
    return terms;
  }
}

async function readTerms(row: TermsRow, client: pg.ClientBase): Promise<AuctionTerms> {
  const [, sellerId, currency, buyNow, name, version, startPrice, reserve] = row;
  const policy = await policyVersion(client, name, Number(version));
  return {
    sellerId,
    currency,
    buyNowMinor: integerOrNull(buyNow),
    bidding: biddingTerms(policy, {
      startPrice: Number(startPrice),
      reserve: integerOrNull(reserve),
    }),
    softClose: softCloseOf(policy),
  };
}
