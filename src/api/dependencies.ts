import { Global, Module, type DynamicModule } from '@nestjs/common';
import pg from 'pg';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { BidLane } from '../services/bidding/lane/bid-lane.ts';
import { TransferLane } from '../services/wallet/transfer-lane.ts';
import type { ReportStore } from '../integrations/azure-blob/report-store.ts';
import type { Erp } from '../integrations/erp/erp.ts';
import type { PayPal } from '../integrations/paypal/index.ts';
import type { Report } from '../integrations/report-files/report-files.ts';
import { creditLimits, type Settings } from '../settings.ts';
import type { TokenVerifier } from './http/tokens.ts';

export const LOG = Symbol('log');
export const POOL = Symbol('pool');
export const PAYPAL = Symbol('paypal');
export const ERP = Symbol('erp');
export const REPORT_STORE = Symbol('reportStore');
export const REPORTS = Symbol('reports');
export const TOKENS = Symbol('tokens');
export const MOST_STREAMS_PER_SUBJECT = Symbol('mostStreamsPerSubject');
export const METRICS_TOKEN = Symbol('metricsToken');
export const REPAIR_APPROVAL_ABOVE = Symbol('repairApprovalAboveMinor');
export const CREDIT_LIMITS = Symbol('creditLimits');

/** Of store credit, in minor units of any currency. */
export interface CreditLimits {
  /** More than this to one owner within a day needs a second person. */
  readonly approvalAboveMinor: number;
  readonly largestMinor: number;
}

/** What the API is built on; made in main.api.ts, where all wiring is visible. */
export interface ApiDependencies {
  readonly database: DataSource;
  readonly pool: pg.Pool;
  /** From openLanePool(); for the lanes of bids and of transfers. */
  readonly lanePool: pg.Pool;
  readonly log: Logger;
  readonly paypal: Pick<PayPal, 'webhooks'>;
  readonly erp: Pick<Erp, 'callbacks'>;
  readonly reportStore: ReportStore;
  readonly reports: ReadonlyMap<string, Report>;
  readonly tokens: TokenVerifier;
  /** From this amount on, in minor units, a repair of the ledger needs a second person. */
  readonly repairApprovalAboveMinor: number;
  readonly creditLimits: CreditLimits;
  readonly requestTimeoutMs: number;
  readonly mostStreamsPerSubject: number;
  readonly metricsToken: string | undefined;
}

/** The limits of the API that are settings. */
export const limitsOf = (settings: Settings) => ({
  repairApprovalAboveMinor: settings.REPAIR_APPROVAL_ABOVE_MINOR,
  creditLimits: creditLimits(settings),
  requestTimeoutMs: settings.REQUEST_TIMEOUT_SECONDS * 1_000,
  mostStreamsPerSubject: settings.LIVE_STREAMS_PER_SUBJECT,
  metricsToken: settings.METRICS_TOKEN,
});

@Global()
@Module({})
export class DependenciesModule {
  static from(given: ApiDependencies): DynamicModule {
    const providers = [
      { provide: DataSource, useValue: given.database },
      { provide: BidLane, useValue: new BidLane(given.lanePool) },
      { provide: TransferLane, useValue: new TransferLane(given.lanePool) },
      { provide: POOL, useValue: given.pool },
      { provide: LOG, useValue: given.log },
      { provide: PAYPAL, useValue: given.paypal },
      { provide: ERP, useValue: given.erp },
      { provide: REPORT_STORE, useValue: given.reportStore },
      { provide: REPORTS, useValue: given.reports },
      { provide: TOKENS, useValue: given.tokens },
      { provide: MOST_STREAMS_PER_SUBJECT, useValue: given.mostStreamsPerSubject },
      { provide: METRICS_TOKEN, useValue: given.metricsToken },
      { provide: REPAIR_APPROVAL_ABOVE, useValue: given.repairApprovalAboveMinor },
      { provide: CREDIT_LIMITS, useValue: given.creditLimits },
    ];
    return { module: DependenciesModule, providers, exports: providers };
  }
}
