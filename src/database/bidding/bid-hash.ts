import { hash } from 'node:crypto';

/** What an entry's hash is over, with the hash of the entry before. Times in milliseconds UTC. */
export interface HashedEntry {
  readonly auctionId: string;
  readonly sequence: number;
  readonly kind: 'bid' | 'buy_now' | 'retraction';
  readonly bidderId: string;
  readonly maximumMinor: number | null;
  readonly retractsFrom: number | null;
  readonly enteredBy: string | null;
  readonly placedAtMs: number;
  readonly priceMinor: number;
  readonly leaderId: string | null;
  readonly closesAtMs: number;
}

/** SHA-256 over the entry before and this one's content, as a JSON array in the order above. */
export function bidHash(before: Buffer | null, entry: HashedEntry): Buffer {
  const content = JSON.stringify([
    entry.auctionId,
    entry.sequence,
    entry.kind,
    entry.bidderId,
    entry.maximumMinor,
    entry.retractsFrom,
    entry.enteredBy,
    entry.placedAtMs,
    entry.priceMinor,
    entry.leaderId,
    entry.closesAtMs,
  ]);
  if (!before) return hash('sha256', content, 'buffer');
  const both = Buffer.allocUnsafe(before.length + Buffer.byteLength(content));
  both.set(before);
  both.write(content, before.length);
  return hash('sha256', both, 'buffer');
}
