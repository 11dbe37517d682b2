import type {
  DifferenceView,
  RunView,
} from '../../src/api/reconciliation/reconciliation.schemas.ts';
import { GavelClient } from '../client/gavel-client.ts';
import { until } from '../replay/patience.ts';
import type { UsedStack } from '../stack/index.ts';

export interface Reconciled {
  /** Sales compared, each whole. */
  readonly sales: number;
  /** Records that were compared on each side. */
  readonly compared: RunView['compared'];
  readonly differences: readonly DifferenceView[];
  /** "0.00" when all agree. */
  readonly sumOfDifferences: string;
}

interface Page {
  readonly items: readonly DifferenceView[];
  readonly next: string | null;
}

/** Runs one reconciliation and waits for what it finds. */
export async function reconcile(
  stack: Pick<UsedStack, 'addresses' | 'environment'>,
  range: { from?: string; to?: string } = {},
): Promise<Reconciled> {
  const finance = new GavelClient(stack.addresses.api, stack.environment, 'finance', 'reconcile');
  const { id } = await finance.post<RunView>('/v1/reconciliation/runs', range);
  const run = await until('The end of the reconciliation', async () => {
    const found = await finance.get<RunView>(`/v1/reconciliation/runs/${id}`);
    return ['compared', 'failed'].includes(found.state) ? found : undefined;
  });
  if (run.state === 'failed') throw new Error(`The reconciliation failed: ${run.failureReason}`);
  const { sales, compared, sumOfDifferences } = run;
  const differences = await all(finance, `/v1/reconciliation/runs/${id}/differences?limit=200`);
  return { sales, compared, differences, sumOfDifferences: sumOfDifferences! };
}

async function all(finance: GavelClient, path: string): Promise<DifferenceView[]> {
  const found: DifferenceView[] = [];
  for (let after: string | null = ''; after !== null;) {
    const page: Page = await finance.get<Page>(after ? `${path}&after=${after}` : path);
    found.push(...page.items);
    after = page.next;
  }
  return found;
}
