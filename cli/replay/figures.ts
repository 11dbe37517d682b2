import { toDecimal } from '../../src/domain/common/money.ts';
import type { Replayed } from './replay.ts';

export interface Figures {
  readonly auctions: number;
  readonly bids: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly closedAtRecordedPrice: number;
  readonly closedAtRecordedPriceWithReserve: number;
  readonly mismatches: readonly Mismatch[];
  readonly settled: number;
  readonly seconds: number;
}

/** Amounts are decimal. */
export interface Mismatch {
  readonly auction: string;
  readonly recorded: string;
  readonly got: string;
  readonly gotWithReserve: string;
  readonly why: string;
}

/** Every auction of the file is counted once, by its first play. */
export function figuresOf(replayed: readonly Replayed[], seconds: number): Figures {
  const again = replayed.filter(({ withReserve }) => withReserve !== undefined);
  const mismatches = again.filter((each) => !reachedWithReserve(each)).map(mismatchOf);
  return {
    auctions: replayed.length,
    bids: sum(replayed, ({ recorded }) => recorded.bids.length),
    accepted: sum(replayed, ({ asBid }) => asBid.accepted),
    rejected: sum(replayed, ({ asBid }) => asBid.rejected),
    closedAtRecordedPrice: replayed.length - again.length,
    closedAtRecordedPriceWithReserve: again.length - mismatches.length,
    mismatches,
    settled: replayed.filter(({ settled }) => settled).length,
    seconds: Math.round(seconds * 10) / 10,
  };
}

/** The figures for people, one fact a line. */
export function linesOf(figures: Figures): string[] {
  const { mismatches } = figures;
  return [
    `${figures.auctions} auctions, ${figures.bids} bids: ` +
      `${figures.accepted} accepted, ${figures.rejected} rejected.`,
    `${figures.closedAtRecordedPrice} closed at the recorded price, and ` +
      `${figures.closedAtRecordedPriceWithReserve} more with that price as their reserve.`,
    `${mismatches.length} did not:`.replace(/^0 did not:$/, 'All did.'),
    ...mismatches.map(
      ({ auction, recorded, got, gotWithReserve, why }) =>
        `  ${auction}: recorded ${recorded}, got ${got}, with the reserve ${gotWithReserve} (${why})`,
    ),
    `${figures.settled} auctions are settled: paid, released, and booked by the ERP.`,
    `It took ${figures.seconds} s.`,
  ];
}

const reachedWithReserve = ({ recorded, withReserve }: Replayed): boolean =>
  withReserve?.sells === true && withReserve.priceMinor === recorded.closingMinor;

function mismatchOf({ recorded, asBid, withReserve }: Replayed): Mismatch {
  const highestMinor = Math.max(...recorded.bids.map(({ maximumMinor }) => maximumMinor));
  return {
    auction: recorded.id,
    recorded: toDecimal(recorded.closingMinor, 'USD'),
    got: toDecimal(asBid.priceMinor, 'USD'),
    gotWithReserve: toDecimal(withReserve!.priceMinor, 'USD'),
    why:
      highestMinor < recorded.closingMinor
        ? 'no recorded bid reaches the recorded price'
        : 'the recorded bids go past the recorded price',
  };
}

const sum = <Item>(items: readonly Item[], of: (item: Item) => number): number =>
  items.reduce((total, item) => total + of(item), 0);
