import type { FastifyInstance } from 'fastify';
import { money } from '../bodies.ts';
import { isoTime } from '../clock.ts';
import { invalid, Problem } from '../problems.ts';
import type { MovementRecord } from '../records.ts';
import { partnersView } from '../partners-view.ts';
import type { World } from '../world.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const LONGEST_RANGE_MS = 31 * DAY_MS;
const MOST_RESULTS = 10_000;
const LARGEST_PAGE = 500;

type Query = Partial<Record<'start_date' | 'end_date' | 'page' | 'page_size', string>>;

/** https://developer.paypal.com/docs/api/transaction-search/v1/#search_get */
export function addTransactionRoutes(app: FastifyInstance, world: World): void {
  app.get<{ Querystring: Query }>(
    '/v1/reporting/transactions',
    { config: { operation: 'transactions.search' } },
    (request, reply) => {
      const { startMs, endMs, page, size } = readQuery(request.query);
      const listed = world.store
        .sql('SELECT body FROM movements WHERE at_ms BETWEEN ? AND ? ORDER BY at_ms, sequence')
        .all(startMs, endMs)
        .map((row) => JSON.parse(String(row.body)) as MovementRecord)
        .filter((movement) => isShown(world, movement));
      const total = listed.length;
      if (total > MOST_RESULTS) throw new Problem(400, 'RESULTSET_TOO_LARGE');
      const rows = listed.slice((page - 1) * size, page * size);
      return reply.send({
        transaction_details: rows.map(transactionBody),
        account_number: 'PARTNERACCOUNT',
        start_date: isoTime(startMs),
        end_date: isoTime(endMs),
        last_refreshed_datetime: isoTime(world.clock.nowMs()),
        page,
        total_items: total,
        total_pages: Math.ceil(total / size),
        links: [{ href: `${world.publicUrl()}${request.url}`, rel: 'self', method: 'GET' }],
      });
    },
  );
}

/** Whether PayPal shows a partner what its sellers have captured, its documents do not say. */
function isShown({ store }: World, { id, referenceId }: MovementRecord): boolean {
  if (partnersView(store).report === 'all') return true;
  const capture = store.find('capture', referenceId ?? '') ?? store.find('capture', id);
  return !capture || capture.merchantId === 'PARTNERACCOUNT';
}

function readQuery(query: Query) {
  const startMs = Date.parse(query.start_date ?? '');
  const endMs = Date.parse(query.end_date ?? '');
  if (Number.isNaN(startMs)) throw invalid('INVALID_REQUEST', 'start_date', query.start_date);
  if (Number.isNaN(endMs)) throw invalid('INVALID_REQUEST', 'end_date', query.end_date);
  if (endMs - startMs > LONGEST_RANGE_MS || endMs < startMs) {
    throw invalid('INVALID_REQUEST', 'end_date', query.end_date);
  }
  const page = Number(query.page ?? 1);
  const size = Number(query.page_size ?? 100);
  const fine = Number.isInteger(page) && page >= 1 && Number.isInteger(size) && size >= 1;
  if (!fine || size > LARGEST_PAGE) throw invalid('INVALID_REQUEST', 'page_size', query.page_size);
  return { startMs, endMs, page, size };
}

const transactionBody = (movement: MovementRecord) => ({
  transaction_info: {
    paypal_account_id: 'PARTNERACCOUNT',
    transaction_id: movement.id,
    paypal_reference_id: movement.referenceId,
    paypal_reference_id_type: movement.referenceType,
    transaction_event_code: movement.eventCode,
    transaction_initiation_date: isoTime(movement.atMs),
    transaction_updated_date: isoTime(movement.atMs),
    transaction_amount: money(movement.amountMinor, movement.currency),
    fee_amount: movement.feeMinor === 0 ? undefined : money(movement.feeMinor, movement.currency),
    transaction_status: movement.status,
    invoice_id: movement.invoiceId,
    custom_field: movement.customId,
  },
});
