import pg from 'pg';
import { DataSource, DefaultNamingStrategy } from 'typeorm';
import { CommittingClient } from './committing-client.ts';
import * as entities from './entities/index.ts';
import { Foundation1700000000001 } from './migrations/1-foundation.ts';
import { Live1700000000002 } from './migrations/2-live.ts';
import { Wallets1700000000003 } from './migrations/3-wallets.ts';
import { Fees1700000000004 } from './migrations/4-fees.ts';
import { Payments1700000000005 } from './migrations/5-payments.ts';
import { Holds1700000000006 } from './migrations/6-holds.ts';
import { Reconciliation1700000000007 } from './migrations/7-reconciliation.ts';
import { BidColumns1700000000008 } from './migrations/8-bid-columns.ts';
import { Poll1700000000009 } from './migrations/9-poll.ts';
import { Netting1700000000010 } from './migrations/10-netting.ts';
import { Recovery1700000000011 } from './migrations/11-recovery.ts';
import { CheaperBids1700000000012 } from './migrations/12-cheaper-bids.ts';
import { PayoutAsked1700000000013 } from './migrations/13-payout-asked.ts';
import { TermsStay1700000000014 } from './migrations/14-terms-stay.ts';
import { BiddersWithLimit1700000000015 } from './migrations/15-bidders-with-limit.ts';
import { RememberedBids1700000000016 } from './migrations/16-remembered-bids.ts';
import { StuckSteps1700000000017 } from './migrations/17-stuck-steps.ts';
import { Reversals1700000000018 } from './migrations/18-reversals.ts';
import { EndedSales1700000000019 } from './migrations/19-ended-sales.ts';
import { UnreadLines1700000000020 } from './migrations/20-unread-lines.ts';
import { InboxAsItCame1700000000021 } from './migrations/21-inbox-as-it-came.ts';
import { PassedOver1700000000022 } from './migrations/22-passed-over.ts';
import { SalesUsableBy1700000000023 } from './migrations/23-sales-usable-by.ts';
import { Edits1700000000024 } from './migrations/24-edits.ts';
import { Approvals1700000000025 } from './migrations/25-approvals.ts';

// Amounts are bigint in SQL and safe integers here; anything larger is a fault, not a rounding.
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${text} is too large for an amount`);
  return number;
});

class SnakeCase extends DefaultNamingStrategy {
  override columnName(property: string, given: string | undefined, prefixes: string[]): string {
    const name = given ?? property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return [...prefixes, name].join('_');
  }
}

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
}

/** An unconnected data source: call initialize(), and destroy() at the end. */
export const createDatabase = ({ url, poolSize }: DatabaseOptions): DataSource =>
  new DataSource({
    type: 'postgres',
    url,
    poolSize,
    entities: Object.values(entities),
    migrations: [
      Foundation1700000000001,
      Live1700000000002,
      Wallets1700000000003,
      Fees1700000000004,
      Payments1700000000005,
      Holds1700000000006,
      Reconciliation1700000000007,
      BidColumns1700000000008,
      Poll1700000000009,
      Netting1700000000010,
      Recovery1700000000011,
      CheaperBids1700000000012,
      PayoutAsked1700000000013,
      TermsStay1700000000014,
      BiddersWithLimit1700000000015,
      RememberedBids1700000000016,
      StuckSteps1700000000017,
      Reversals1700000000018,
      EndedSales1700000000019,
      UnreadLines1700000000020,
      InboxAsItCame1700000000021,
      PassedOver1700000000022,
      SalesUsableBy1700000000023,
      Edits1700000000024,
      Approvals1700000000025,
    ],
    namingStrategy: new SnakeCase(),
    // Whoever waits longer than this for a connection is told so, rather than queueing for ever.
    connectTimeoutMS: 10_000,
    applicationName: 'gavel',
    extra: { Client: CommittingClient },
  });
