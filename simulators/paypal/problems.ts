import { debugId } from './identifiers.ts';

/** The name and message that PayPal gives each status; details tell the rest. */
const BY_STATUS: Record<number, readonly [name: string, message: string]> = {
  400: [
    'INVALID_REQUEST',
    'Request is not well-formed, syntactically incorrect, or violates schema.',
  ],
  401: [
    'AUTHENTICATION_FAILURE',
    'Authentication failed due to missing authorization header, or invalid authentication credentials.',
  ],
  403: ['NOT_AUTHORIZED', 'Authorization failed due to insufficient permissions.'],
  404: ['RESOURCE_NOT_FOUND', 'The specified resource does not exist.'],
  409: ['RESOURCE_CONFLICT', 'The server has detected a conflict while processing this request.'],
  422: [
    'UNPROCESSABLE_ENTITY',
    'The requested action could not be performed, semantically incorrect, or failed business validation.',
  ],
  429: ['RATE_LIMIT_REACHED', 'Too many requests. Blocked due to rate limiting.'],
  500: ['INTERNAL_SERVER_ERROR', 'An internal server error occurred.'],
  503: ['SERVICE_UNAVAILABLE', 'Service Unavailable.'],
};

const INFORMATION = 'https://developer.paypal.com/api/rest/reference/orders/v2/errors/';

interface Detail {
  readonly description?: string;
  readonly field?: string;
  readonly value?: string;
  /** Where the buyer goes on, when it is the buyer's turn. */
  readonly redirect?: string;
}

/** An error answer in PayPal's words: thrown anywhere, sent by the simulator's error handler. */
export class Problem extends Error {
  readonly debugId = debugId();

  constructor(
    readonly status: number,
    readonly issue?: string,
    private readonly detail: Detail = {},
  ) {
    super(issue ?? `HTTP ${status}`);
  }

  body(): object {
    const [name, message] = BY_STATUS[this.status] ?? ['ERROR', 'Error'];
    const { redirect, ...detail } = this.detail;
    const location = detail.field ? { location: 'body' } : {};
    return {
      name,
      message,
      debug_id: this.debugId,
      details: this.issue ? [{ issue: this.issue, ...detail, ...location }] : undefined,
      links: [
        ...(this.issue ? [{ href: INFORMATION, rel: 'information_link', method: 'GET' }] : []),
        ...(redirect ? [{ href: redirect, rel: 'redirect', method: 'GET' }] : []),
      ],
    };
  }
}

/** Referenced payouts put the code in the name and give no details. */
export class NamedProblem extends Problem {
  override body(): object {
    return { name: this.issue, message: this.issue, debug_id: this.debugId };
  }
}

export const invalid = (issue: string, field: string, value?: unknown): Problem =>
  new Problem(400, issue, { field, value: value === undefined ? undefined : String(value) });

export const unprocessable = (issue: string, description?: string, field?: string): Problem =>
  new Problem(422, issue, { description, field });

export const notFound = (): Problem =>
  new Problem(404, 'INVALID_RESOURCE_ID', {
    description: 'There is nothing with this id. Check the id and try again.',
  });

const MOCKS: ReadonlyArray<readonly [status: number, codes: string]> = [
  [400, 'MALFORMED_REQUEST_JSON MISSING_REQUIRED_PARAMETER INVALID_PARAMETER_SYNTAX'],
  [400, 'INVALID_PARAMETER_VALUE INVALID_STRING_LENGTH PAYPAL_REQUEST_ID_REQUIRED'],
  [403, 'PERMISSION_DENIED CONSENT_NEEDED PAYEE_ACCOUNT_NOT_VERIFIED'],
  [403, 'NOT_ENABLED_FOR_CARD_PROCESSING'],
  [404, 'INVALID_RESOURCE_ID'],
  [409, 'PREVIOUS_REQUEST_IN_PROGRESS'],
  [422, 'PAYEE_ACCOUNT_INVALID PAYEE_ACCOUNT_RESTRICTED PAYEE_ACCOUNT_LOCKED_OR_CLOSED'],
  [422, 'PLATFORM_FEES_NOT_SUPPORTED INVALID_PLATFORM_FEES_ACCOUNT INVALID_PLATFORM_FEES_AMOUNT'],
  [422, 'UNSUPPORTED_PAYMENT_INSTRUCTION DUPLICATE_INVOICE_ID DUPLICATE_REFERENCE_ID'],
  [422, 'ITEM_TOTAL_MISMATCH TAX_TOTAL_MISMATCH DECIMAL_PRECISION MULTI_CURRENCY_ORDER'],
  [422, 'INVALID_CURRENCY_CODE TRANSACTION_REFUSED ORDER_NOT_APPROVED ORDER_ALREADY_CAPTURED'],
  [422, 'INSTRUMENT_DECLINED PAYER_ACTION_REQUIRED REDIRECT_PAYER_FOR_ALTERNATE_FUNDING'],
  [422, 'PAYER_CANNOT_PAY PAYER_ACCOUNT_RESTRICTED PAYER_ACCOUNT_LOCKED_OR_CLOSED'],
  [422, 'PAYEE_BLOCKED_TRANSACTION TRANSACTION_BLOCKED_BY_PAYEE TRANSACTION_LIMIT_EXCEEDED'],
  [422, 'TRANSACTION_RECEIVING_LIMIT_EXCEEDED COMPLIANCE_VIOLATION ORDER_COMPLETION_IN_PROGRESS'],
  [422, 'MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED PLATFORM_FEE_PAYEE_CANNOT_BE_SAME_AS_PAYER'],
  [422, 'CAPTURE_FULLY_REFUNDED REFUND_AMOUNT_EXCEEDED REFUND_NOT_ALLOWED'],
  [422, 'REFUND_TIME_LIMIT_EXCEEDED REFUND_FAILED_INSUFFICIENT_FUNDS PARTIAL_REFUND_NOT_ALLOWED'],
  [422, 'MAX_NUMBER_OF_REFUNDS_EXCEEDED PENDING_CAPTURE REFUND_CAPTURE_CURRENCY_MISMATCH'],
  [422, 'TRANSACTION_DISPUTED REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK PLATFORM_FEE_EXCEEDED'],
  [422, 'PLATFORM_FEE_NOT_ENABLED REFUND_IS_RESTRICTED DELAYED_DISBURSEMENT_NOT_SUPPORTED'],
  [500, 'INTERNAL_SERVER_ERROR INTERNAL_SERVICE_ERROR'],
  [503, 'SERVICE_UNAVAILABLE'],
];

/** The status that PayPal sends each issue with; only those that are here can be asked for by header. */
const STATUS_OF = new Map(
  MOCKS.flatMap(([status, codes]) => codes.split(' ').map((code) => [code, status] as const)),
);

/** The problem of an issue, with the status that PayPal sends it with; 422 for most. */
export const problemOf = (issue: string): Problem =>
  new Problem(STATUS_OF.get(issue) ?? 422, issue);

/**
 * The problem that a PayPal-Mock-Response header asks for; none when its code is unknown, and then
 * the real answer is given. https://developer.paypal.com/negative-testing/request-headers
 */
export function mockedProblem(header: unknown): Problem | undefined {
  if (typeof header !== 'string') return undefined;
  const code = /"mock_application_codes"\s*:\s*"([A-Z_]+)"/.exec(header)?.[1];
  const status = code === undefined ? undefined : STATUS_OF.get(code);
  return status === undefined ? undefined : new Problem(status, code);
}
