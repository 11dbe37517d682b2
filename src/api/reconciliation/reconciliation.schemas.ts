import { z } from 'zod';
import type { DifferenceRow, ReconciliationRun, Repair } from '../../database/entities/index.ts';
import {
  differenceLifecycle,
  reconciliationRunLifecycle,
  repairLifecycle,
} from '../../domain/reconciliation/lifecycle.ts';
import { LARGEST_AMOUNT_MINOR } from '../../domain/common/money.ts';
import { KINDS, SIDES, SUBJECTS } from '../../domain/reconciliation/compare.ts';
import {
  Currency,
  ExternalId,
  Id,
  iso,
  isoOrNull,
  Moment,
  NO_CONTROLS,
  pageOf,
  PageQuery,
  SignedMinor,
  stateOf,
  Words,
} from '../http/schemas.ts';

export const RunReconciliation = z
  .object({
    from: Moment.optional().describe('31 days before `to` when left out'),
    to: Moment.optional().describe('not included; now when left out'),
  })
  .meta({ id: 'RunReconciliation' });
export type RunReconciliation = z.infer<typeof RunReconciliation>;

export const RunView = z
  .object({
    id: Id,
    from: Moment,
    to: Moment,
    state: stateOf(reconciliationRunLifecycle),
    sales: z.int().describe('sales compared so far, each whole'),
    compared: z.object({
      ledger: z.int().describe('ledger transactions'),
      paypal: z.int().describe("transactions in PayPal's report"),
      erp: z.int().describe('documents that the ERP knows'),
    }),
    differences: z.int().nullable().describe('how many; null until all is compared'),
    sumOfDifferences: z
      .string()
      .nullable()
      .describe('absolute amounts, "12.34"; over several currencies only "0.00" has a meaning'),
    unreadLines: z
      .int()
      .nullable()
      .describe('lines of other sides that could not be read: what they say is not compared'),
    failureReason: z.string().nullable(),
    createdAt: Moment,
    finishedAt: Moment.nullable(),
  })
  .meta({ id: 'ReconciliationRun' });
export type RunView = z.infer<typeof RunView>;
export const RunPage = pageOf(RunView, 'ReconciliationRunPage');

export const Entries = z
  .array(
    z.strictObject({
      account: z
        .string()
        .regex(new RegExp(`^(buyer|seller|house|paypal)(:${NO_CONTROLS}{1,200})?$`)),
      amountMinor: z
        .int()
        .min(-10 * LARGEST_AMOUNT_MINOR)
        .max(10 * LARGEST_AMOUNT_MINOR)
        .refine((minor) => minor !== 0, { error: 'must not be 0' })
        .describe('minor units; positive puts money into the account'),
    }),
  )
  .min(2)
  .max(20);

const DifferenceState = stateOf(differenceLifecycle);

export const DifferenceView = z
  .object({
    id: Id,
    auctionId: Id.nullable().describe('the sale; null for money at PayPal that belongs to none'),
    side: z.enum(SIDES).describe('who is held against the ledger'),
    subject: z.enum(SUBJECTS),
    reference: z.string().describe("the payment's or refund's id, else PayPal's own"),
    kind: z.enum(KINDS),
    currency: Currency,
    expectedMinor: SignedMinor.describe('what the ledger says, minor units'),
    foundMinor: SignedMinor.describe('what has taken effect on the other side, minor units'),
    detail: z.string().nullable(),
    state: DifferenceState,
    assignee: z.string().nullable(),
    closeReason: z.string().nullable(),
    firstSeenAt: Moment,
    lastSeenAt: Moment,
  })
  .meta({ id: 'Difference' });
export type DifferenceView = z.infer<typeof DifferenceView>;
export const DifferencePage = pageOf(DifferenceView, 'DifferencePage');

export const DifferenceDetail = DifferenceView.extend({
  proposedEntries: z
    .array(z.object({ account: z.string(), amountMinor: SignedMinor }))
    .describe(
      'a repair after which the ledger says what PayPal says; empty where that mends nothing',
    ),
}).meta({ id: 'DifferenceDetail' });

export const DifferenceQuery = PageQuery.extend({
  state: DifferenceState.optional(),
  side: z.enum(SIDES).optional(),
  auctionId: Id.optional(),
  assignee: ExternalId.optional(),
});
export type DifferenceQuery = z.infer<typeof DifferenceQuery>;

export const Assign = z
  .object({ assignee: ExternalId.nullable().describe('null: nobody any more') })
  .meta({ id: 'AssignDifference' });
export type Assign = z.infer<typeof Assign>;

export const ProposeRepair = z
  .object({
    reason: Words(500).describe('kept with the repair and in the audit log'),
    entries: Entries.optional().describe('those that are proposed, when left out'),
  })
  .meta({ id: 'ProposeRepair' });
export type ProposeRepair = z.infer<typeof ProposeRepair>;

const RepairState = stateOf(repairLifecycle);

export const RepairView = z
  .object({
    id: Id,
    differenceId: Id,
    auctionId: Id,
    reason: z.string(),
    currency: Currency,
    entries: z.array(z.object({ account: z.string(), amountMinor: SignedMinor })),
    amountMinor: SignedMinor.describe('what it moves, minor units'),
    state: RepairState.describe('proposed: waits for a second person'),
    proposedBy: z.string(),
    approvedBy: z.string().nullable().describe('null where one person is enough'),
    createdAt: Moment,
  })
  .meta({ id: 'Repair' });
export type RepairView = z.infer<typeof RepairView>;
export const RepairPage = pageOf(RepairView, 'RepairPage');
export const RepairQuery = PageQuery.extend({
  state: RepairState.optional(),
  differenceId: Id.optional(),
});
export type RepairQuery = z.infer<typeof RepairQuery>;

export const viewRun = (run: ReconciliationRun): RunView => ({
  id: run.id,
  from: iso(run.fromAt),
  to: iso(run.toAt),
  state: run.state,
  sales: run.sales,
  compared: { ledger: run.ledgerRecords, paypal: run.paypalRecords, erp: run.erpRecords },
  differences: run.differenceCount,
  sumOfDifferences: run.sumOfDifferences,
  unreadLines: run.unreadLines,
  failureReason: run.failureReason,
  createdAt: iso(run.createdAt),
  finishedAt: isoOrNull(run.finishedAt),
});

export const viewDifference = (row: DifferenceRow): DifferenceView => ({
  id: row.id,
  auctionId: row.auctionId,
  side: row.side,
  subject: row.subject,
  reference: row.reference,
  kind: row.kind,
  currency: row.currency,
  expectedMinor: row.expectedMinor,
  foundMinor: row.foundMinor,
  detail: row.detail,
  state: row.state,
  assignee: row.assignee,
  closeReason: row.closeReason,
  firstSeenAt: iso(row.firstSeenAt),
  lastSeenAt: iso(row.lastSeenAt),
});

export const viewRepair = (repair: Repair): RepairView => ({
  id: repair.id,
  differenceId: repair.differenceId,
  auctionId: repair.auctionId,
  reason: repair.reason,
  currency: repair.currency,
  entries: repair.entries,
  amountMinor: repair.amountMinor,
  state: repair.state,
  proposedBy: repair.proposedBy,
  approvedBy: repair.approvedBy,
  createdAt: iso(repair.createdAt),
});
