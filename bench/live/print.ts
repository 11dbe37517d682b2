import type { Latencies } from './latencies.ts';
import { MOST_P95_MS, type LiveFigures } from './measure.ts';

export function printLive(figures: readonly LiveFigures[]): void {
  for (const each of figures) {
    const { residentMiB, latencyMs } = each;
    const verdict = latencyMs.p95 <= MOST_P95_MS ? 'met' : 'MISSED';
    console.log(
      `\n${each.streams} streams, ${each.auctions} auction${each.auctions === 1 ? '' : 's'}, ` +
        `${each.bidsPerSecond} bids/s, ${each.eventsPerSecond.toLocaleString('en-US')} events/s`,
    );
    print('bid taken to stream', latencyMs, `p95 at most ${MOST_P95_MS} ms: ${verdict}`);
    print('bid to its answer', each.bidLatencyMs);
    print('the same, no streams', each.bidLatencyWithoutStreamsMs);
    console.log(
      `  memory of the API      ${residentMiB.before} MiB without streams, ` +
        `${residentMiB.open} with them, ${residentMiB.after} after the bids`,
    );
  }
}

function print(name: string, { p50, p95, p99, most }: Latencies, verdict = ''): void {
  const facts = `p50 ${p50}  p95 ${p95}  p99 ${p99}  most ${most} ms`;
  console.log(`  ${name.padEnd(22)} ${facts}  ${verdict}`.trimEnd());
}
