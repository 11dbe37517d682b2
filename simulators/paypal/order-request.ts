import { CURRENCIES, fromDecimal } from '../../src/domain/common/money.ts';
import type { Currency, Money } from '../../src/domain/common/money.ts';
import { invalid, Problem, unprocessable } from './problems.ts';

/** What is asked for in a create-order call, checked as PayPal checks it. */
export interface OrderRequest {
  readonly intent: 'CAPTURE' | 'AUTHORIZE';
  readonly amount: Money;
  readonly platformFeeMinor: number;
  readonly disbursementMode: 'INSTANT' | 'DELAYED';
  readonly referenceId: string;
  readonly merchantId: string;
  readonly description?: string;
  readonly customId?: string;
  readonly invoiceId?: string;
  readonly returnUrl?: string;
  readonly cancelUrl?: string;
}

/** Whose REST app it is: the payee of an order that names none. */
export const PARTNER = 'PARTNERACCOUNT';

type Json = Record<string, unknown>;
const UNIT = "/purchase_units/@reference_id=='default'";

/** Throws the Problem that PayPal would answer with. https://developer.paypal.com/docs/api/orders/v2/#orders_create */
export function readOrderRequest(body: unknown): OrderRequest {
  const request = asObject(body) ?? {};
  if (request.intent === undefined) throw invalid('MISSING_REQUIRED_PARAMETER', '/intent');
  const { intent } = request;
  if (intent !== 'CAPTURE' && intent !== 'AUTHORIZE') {
    throw unprocessable('UNSUPPORTED_INTENT', undefined, '/intent');
  }

  const units = request.purchase_units;
  if (!Array.isArray(units)) throw invalid('MISSING_REQUIRED_PARAMETER', '/purchase_units');
  if (units.length === 0) throw invalid('INVALID_ARRAY_MIN_ITEMS', '/purchase_units');
  // PayPal takes ten; the simulator stands for a shop whose orders have one seller each.
  if (units.length > 1) throw invalid('NOT_SUPPORTED', '/purchase_units');

  const unit = asObject(units[0]) ?? {};
  const amount = readMoney(unit.amount, `${UNIT}/amount`);
  const instruction = asObject(unit.payment_instruction) ?? {};
  const context = asObject(request.application_context) ?? {};
  if (intent === 'AUTHORIZE' && unit.payment_instruction !== undefined) {
    throw unprocessable('UNSUPPORTED_PAYMENT_INSTRUCTION');
  }
  return {
    intent,
    amount,
    platformFeeMinor: readPlatformFee(instruction, amount),
    disbursementMode: readDisbursementMode(instruction),
    referenceId: readText(unit, 'reference_id', 256) ?? 'default',
    merchantId: readText(asObject(unit.payee) ?? {}, 'merchant_id', 20) ?? PARTNER,
    description: readText(unit, 'description', 127),
    customId: readText(unit, 'custom_id', 127),
    invoiceId: readText(unit, 'invoice_id', 127),
    returnUrl: readUrl(context, 'return_url'),
    cancelUrl: readUrl(context, 'cancel_url'),
  };
}

/** Reads an amount above zero, in a currency that PayPal has. */
export function readMoney(value: unknown, field: string): Money {
  const { currency_code: code, value: text } = asObject(value) ?? {};
  if (code === undefined) throw invalid('MISSING_REQUIRED_PARAMETER', `${field}/currency_code`);
  if (text === undefined) throw invalid('MISSING_REQUIRED_PARAMETER', `${field}/value`);
  const currency = CURRENCIES.find((known) => known === code);
  if (!currency) throw unprocessable('INVALID_CURRENCY_CODE', undefined, `${field}/currency_code`);
  if (typeof text !== 'string' || !/^-?\d{1,13}(\.\d+)?$/.test(text)) {
    throw invalid('INVALID_PARAMETER_SYNTAX', `${field}/value`, text);
  }
  const amountMinor = exactMinor(text, currency, field);
  if (amountMinor <= 0)
    throw unprocessable('CANNOT_BE_ZERO_OR_NEGATIVE', undefined, `${field}/value`);
  return { amountMinor, currency };
}

function exactMinor(text: string, currency: Currency, field: string): number {
  try {
    return fromDecimal(text, currency);
  } catch {
    throw unprocessable('DECIMAL_PRECISION', undefined, `${field}/value`);
  }
}

export function readPlatformFee(instruction: Json, amount: Money): number {
  const fees = instruction.platform_fees;
  const field = `${UNIT}/payment_instruction/platform_fees`;
  if (fees === undefined) return 0;
  if (!Array.isArray(fees)) throw invalid('INVALID_PARAMETER_SYNTAX', field);
  if (fees.length > 1) throw invalid('INVALID_ARRAY_MAX_ITEMS', field);
  if (fees.length === 0) return 0;
  const fee = readMoney(asObject(fees[0])?.amount, `${field}/0/amount`);
  if (fee.currency !== amount.currency) throw unprocessable('MULTI_CURRENCY_ORDER');
  if (fee.amountMinor > amount.amountMinor) throw unprocessable('INVALID_PLATFORM_FEES_AMOUNT');
  return fee.amountMinor;
}

export function readDisbursementMode(instruction: Json): 'INSTANT' | 'DELAYED' {
  const mode = instruction.disbursement_mode ?? 'INSTANT';
  if (mode === 'INSTANT' || mode === 'DELAYED') return mode;
  throw invalid('INVALID_PARAMETER_VALUE', `${UNIT}/payment_instruction/disbursement_mode`, mode);
}

function readText(object: Json, name: string, longest: number): string | undefined {
  const text = object[name];
  if (text === undefined) return undefined;
  if (typeof text !== 'string') throw invalid('INVALID_PARAMETER_SYNTAX', `${UNIT}/${name}`);
  if (text.length < 1 || text.length > longest) {
    throw invalid('INVALID_STRING_LENGTH', `${UNIT}/${name}`, text);
  }
  return text;
}

function readUrl(context: Json, name: string): string | undefined {
  const text = context[name];
  if (text === undefined) return undefined;
  if (typeof text === 'string' && /^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new Problem(400, 'INVALID_PARAMETER_SYNTAX', { field: `/application_context/${name}` });
}

export const asObject = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Json)
    : undefined;
