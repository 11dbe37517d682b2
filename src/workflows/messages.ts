/**
 * What the API, the database's outbox and the workflows say to each other. No workflow code here, so
 * that everyone may import it.
 */
export const TASK_QUEUE = 'gavel';

/**
 * The one signal. It says that something about a workflow's subject has changed and carries nothing:
 * the workflow looks at PostgreSQL, or asks PayPal. So it may come twice, late or out of order.
 */
export const LOOK_AGAIN = 'lookAgain';

export interface AuctionInput {
  auctionId: string;
}
export interface PaymentInput {
  paymentId: string;
}
export interface DisbursementInput {
  disbursementId: string;
}
export interface RefundInput {
  refundId: string;
}
export interface ErpSyncInput {
  documentId: string;
}
export interface ReportInput {
  runId: string;
}
export interface ReconciliationInput {
  runId: string;
}
export interface DisputeInput {
  paypalDisputeId: string;
}

/** Every life that a row of the outbox can start, with what it is told. */
export interface Lives {
  auction: AuctionInput;
  reassignment: AuctionInput;
  disbursement: DisbursementInput;
  latePayment: PaymentInput;
  refund: RefundInput;
  dispute: DisputeInput;
  erpSync: ErpSyncInput;
  report: ReportInput;
  reconciliation: ReconciliationInput;
}
export type Life = keyof Lives;

export interface StartMessage<L extends Life = Life> {
  readonly kind: 'start';
  readonly life: L;
  readonly workflowId: string;
  readonly input: Lives[L];
  /** One line for people, shown in Temporal's web UI. */
  readonly summary: string;
  readonly attributes: WorkflowAttributes;
  /** Its subject may come to life again after its end, and the workflow with it. */
  readonly again?: true;
}

export interface LookAgainMessage {
  readonly kind: 'lookAgain';
  readonly workflowId: string;
}

export type WorkflowMessage = StartMessage | LookAgainMessage;

/** What people search workflows by. */
export interface WorkflowAttributes {
  readonly GavelAuction?: string;
  readonly GavelSeller?: string;
}

export const workflowIds = {
  auction: (auctionId: string) => `auction:${auctionId}`,
  reassignment: (auctionId: string) => `reassignment:${auctionId}`,
  payment: (paymentId: string) => `payment:${paymentId}`,
  latePayment: (paymentId: string, occasion: string) => `late-payment:${paymentId}:${occasion}`,
  disbursement: (disbursementId: string) => `disbursement:${disbursementId}`,
  refund: (refundId: string) => `refund:${refundId}`,
  dispute: (paypalDisputeId: string) => `dispute:${paypalDisputeId}`,
  erpSync: (documentId: string) => `erp:${documentId}`,
  report: (runId: string) => `report:${runId}`,
  reconciliation: (runId: string) => `reconciliation:${runId}`,
} as const;

export const lookAgain = (workflowId: string): LookAgainMessage => ({
  kind: 'lookAgain',
  workflowId,
});

/** The type of the failure of a step that an operator has ended. */
export const STEP_ENDED = 'StepEnded';

/** Carries the correlation id of the request that began it all, from workflow to activity. */
export const CORRELATION_HEADER = 'gavel-correlation-id';
