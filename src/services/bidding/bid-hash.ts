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

/**
 * SHA-256 over the entry before and this one's content, as a JSON array in the order above. Hashes are
 * in hexadecimal digits: to make a Buffer for each took longer than to compute it.
 */
export function bidHash(before: string | null, entry: HashedEntry): string {
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
  if (before === null) return hash('sha256', content, 'hex');
  const bytesBefore = before.length / 2;
  const both = Buffer.allocUnsafe(bytesBefore + Buffer.byteLength(content));
  both.write(before, 'hex');
  both.write(content, bytesBefore);
  return hash('sha256', both, 'hex');
}
