import { SingleBar } from 'cli-progress';
import type { RecordedAuction } from './auction-file.ts';
import type { Listener } from './replay.ts';

export interface Progress extends Listener {
  stop(): void;
}

const LINE_EVERY_MS = 5_000;

/** On standard error: a bar for people at a terminal, a line now and then for logs. */
export function showProgress(auctions: readonly RecordedAuction[]): Progress {
  const bids = auctions.reduce((sum, auction) => sum + auction.bids.length, 0);
  return process.stderr.isTTY ? showBar(auctions.length, bids) : writeLines(auctions.length, bids);
}

function showBar(auctions: number, bids: number): Progress {
  const bar = new SingleBar({
    format: '{bar} {value}/{total} bids  {ended}/{auctions} auctions ended  {duration_formatted}',
    stream: process.stderr,
    hideCursor: true,
  });
  let ended = 0;
  bar.start(bids, 0, { ended, auctions });
  return {
    bid: () => bar.increment(1),
    auctionEnded: () => bar.update({ ended: ++ended }),
    stop: () => bar.stop(),
  };
}

function writeLines(auctions: number, bids: number): Progress {
  let played = 0;
  let ended = 0;
  const line = () =>
    console.error(`${played} of ${bids} bids placed, ${ended} of ${auctions} auctions ended`);
  const timer = setInterval(line, LINE_EVERY_MS);
  return {
    bid: () => void (played += 1),
    auctionEnded: () => void (ended += 1),
    stop: () => {
      clearInterval(timer);
      line();
    },
  };
}
