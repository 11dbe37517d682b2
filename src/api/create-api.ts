import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApprovalsModule } from './approvals/approvals.module.ts';
import { AuctionsModule } from './auctions/auctions.module.ts';
import { AuditModule } from './audit/audit.module.ts';
import { BiddersModule } from './bidders/bidders.module.ts';
import { BidsModule } from './bids/bids.module.ts';
import { DependenciesModule, type ApiDependencies } from './dependencies.ts';
import { DisbursementsModule } from './disbursements/disbursements.module.ts';
import { DisputesModule } from './disputes/disputes.module.ts';
import { ErpDocumentsModule } from './erp-documents/erp-documents.module.ts';
import { HealthModule } from './health/health.module.ts';
import { Metrics } from './health/metrics.ts';
import { GUARDS } from './http/guards.ts';
import { LARGEST_BODY_BYTES, parseJsonBodies } from './http/json-body.ts';
import { LeanAdapter } from './http/lean-adapter.ts';
import { serveDocs } from './http/openapi/serve-docs.ts';
import { rememberMethods } from './http/methods.ts';
import { prepareRequests } from './http/on-request.ts';
import { ProblemFilter, refuseUrl } from './http/problem.filter.ts';
import { LedgerModule } from './ledger/ledger.module.ts';
import { LiveModule } from './live/live.module.ts';
import { MessagesModule } from './messages/messages.module.ts';
import { NoticesModule } from './notices/notices.module.ts';
import { OffersModule } from './offers/offers.module.ts';
import { PaymentsModule } from './payments/payments.module.ts';
import { PoliciesModule } from './policies/policies.module.ts';
import { ReconciliationModule } from './reconciliation/reconciliation.module.ts';
import { ReportsModule } from './reports/reports.module.ts';
import { SalesModule } from './sales/sales.module.ts';
import { SellersModule } from './sellers/sellers.module.ts';
import { StuckStepsModule } from './stuck-steps/stuck-steps.module.ts';
import { WalletsModule } from './wallets/wallets.module.ts';
import { WebhooksModule } from './webhooks/webhooks.module.ts';

/** A ledger account named after an id of 100 characters, each percent-encoded. */
const LONGEST_PARAMETER = 400;

/** Who sends headers byte by byte holds a connection, and nothing else. */
const HEADERS_WITHIN_MS = 10_000;
const LOOK_AFTER_MS = 5_000;

const RESOURCES = [
  AuctionsModule,
  BidsModule,
  LiveModule,
  OffersModule,
  PaymentsModule,
  DisbursementsModule,
  DisputesModule,
  ErpDocumentsModule,
  ReportsModule,
  ReconciliationModule,
  LedgerModule,
  WalletsModule,
  ApprovalsModule,
  AuditModule,
  NoticesModule,
  SellersModule,
  BiddersModule,
  SalesModule,
  PoliciesModule,
  MessagesModule,
  StuckStepsModule,
  WebhooksModule,
  HealthModule,
];

@Module({})
class ApiModule {
  static from(dependencies: ApiDependencies, extraModules: readonly Type[]): DynamicModule {
    return {
      module: ApiModule,
      imports: [DependenciesModule.from(dependencies), ...RESOURCES, ...extraModules],
      providers: [
        ...GUARDS,
        ...GUARDS.map((guard) => ({ provide: APP_GUARD, useExisting: guard })),
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}

/** The API, ready to listen. The benchmark adds a module of its own to compare with. */
export async function createApi(
  dependencies: ApiDependencies,
  extraModules: readonly Type[] = [],
): Promise<NestFastifyApplication> {
  const adapter = new LeanAdapter({
    bodyLimit: LARGEST_BODY_BYTES,
    frameworkErrors: refuseUrl,
    forceCloseConnections: 'idle',
    requestTimeout: dependencies.requestTimeoutMs,
    http: {
      headersTimeout: Math.min(HEADERS_WITHIN_MS, dependencies.requestTimeoutMs),
      connectionsCheckingInterval: Math.min(LOOK_AFTER_MS, dependencies.requestTimeoutMs),
    },
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    skipMiddie: true, // We have no Express middleware; each request would look for some.
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    ApiModule.from(dependencies, extraModules),
    adapter,
    { bodyParser: false, logger: ['error', 'warn', 'fatal'] },
  );
  adapter.app = app;
  parseJsonBodies(adapter.fastify());
  rememberMethods(adapter.fastify());
  prepareRequests(adapter.fastify());
  app.get(Metrics).observe(adapter.fastify());
  serveDocs(app);
  await app.init();
  return app;
}
