import { setTimeout as sleep } from 'node:timers/promises';
import { reconcile, type Reconciled } from '../reconcile/reconcile.ts';
import { sideBySide } from '../replay/side-by-side.ts';
import type { UsedStack } from '../stack/index.ts';
import { planPayPalFaults, planSales } from './plan.ts';
import { playSale } from './sale.ts';
import { doubleEffects, unexplainedPayments } from './verdict.ts';
import { CampaignWorld } from './world.ts';

/** Each mostly waits: for a webhook, a retry, a window to end. */
const SALES_AT_ONCE = 48;
/** Shares of the campaign after which a process is ended as a crash would. */
const KILLS = [
  { part: 'worker', after: 0.25 },
  { part: 'api', after: 0.5 },
  { part: 'worker', after: 0.7 },
] as const;

export interface Campaign {
  readonly seed: number;
  readonly seconds: number;
  /** Sales that did not come to their end, and why. */
  readonly unfinished: readonly string[];
  /** Payments that are under way without saying why. */
  readonly unexplained: readonly string[];
  readonly doubleEffects: readonly string[];
  readonly reconciled: Reconciled;
}

type Stack = Pick<UsedStack, 'addresses' | 'environment' | 'part'>;

/**
 * Sales in which everything goes wrong that can: planned from a seed, played through the running system
 * while its processes are killed, then reconciled.
 */
export async function runCampaign(
  stack: Stack,
  { seed, sales }: { seed: number; sales: number },
  say: (line: string) => void,
): Promise<Campaign> {
  const began = performance.now();
  const world = new CampaignWorld(stack, `${seed}-${Date.now().toString(36)}`);
  await world.prepare();
  await world.paypal('POST', 'faults', { faults: planPayPalFaults(seed) });
  let ended = 0;
  const unfinished: string[] = [];
  const playing = sideBySide(planSales(seed, sales), SALES_AT_ONCE, async (plan) => {
    try {
      return await playSale(world, plan);
    } catch (error) {
      unfinished.push(`sale ${plan.number} (${plan.winner}; ${plan.after}): ${String(error)}`);
      return undefined;
    } finally {
      ended += 1;
    }
  });
  const killing = killParts(stack, () => ended / sales, say);
  const reporting = setInterval(() => say(`${ended} of ${sales} sales have ended`), 10_000);
  const auctions = (await playing.finally(() => clearInterval(reporting))).filter(
    (auctionId) => auctionId !== undefined,
  );
  await killing;
  await world.paypal('DELETE', 'faults');
  await world.erp('DELETE', 'faults');

  return {
    seed,
    seconds: Math.round((performance.now() - began) / 1_000),
    unfinished,
    unexplained: await unexplainedPayments(world, auctions),
    doubleEffects: await doubleEffects(world),
    reconciled: await reconcile(stack),
  };
}

async function killParts(
  stack: Stack,
  progress: () => number,
  say: (line: string) => void,
): Promise<void> {
  for (const { part, after } of KILLS) {
    while (progress() < after) await sleep(100);
    say(`the ${part} is killed`);
    await stack.part(part).kill();
    await stack.part(part).whenReady();
  }
}
