import { crc32 } from 'node:zlib';
import type { Version } from '../../services/live/read-auctions.ts';

/**
 * The id of an event says how far the stream has come with each of its auctions, in the order in which
 * they were asked for: `12.3` or `12.3,0.1`. A client that comes back with it misses nothing.
 */
export const eventId = (versions: Iterable<Version | undefined>): string =>
  Array.from(versions, (version) =>
    version ? `${version.sequence}.${version.changes}` : '',
  ).join();

/**
 * The same for a sale, whose auctions the client did not name: in the order of their ids, after a check
 * that these are the ones. More may have come since.
 */
export const saleEventId = (
  auctionIds: readonly string[],
  versions: Iterable<Version | undefined>,
): string => `${checkOf(auctionIds)}:${eventId(versions)}`;

const VERSION = /^(\d{1,9})\.(\d{1,9})$/;

/**
 * The versions in a Last-Event-ID, in order; undefined for an auction of which the stream had not said
 * anything. An id that is none of this stream's counts as none at all.
 */
export function parseEventId(id: unknown, auctions: number): readonly (Version | undefined)[] {
  const versions = versionsIn(id);
  return versions.length === auctions ? versions : none(auctions);
}

/** The same for a sale that has these auctions now. */
export function parseSaleEventId(
  id: unknown,
  auctionIds: readonly string[],
): readonly (Version | undefined)[] {
  const [check, rest] = typeof id === 'string' ? id.split(':') : [];
  const versions = versionsIn(rest);
  if (check !== checkOf(auctionIds.slice(0, versions.length))) return none(auctionIds.length);
  return [...versions, ...none(auctionIds.length - versions.length)];
}

function versionsIn(id: unknown): (Version | undefined)[] {
  const parts = typeof id === 'string' ? id.split(',') : [];
  return parts.map((part) => {
    const [, sequence, changes] = VERSION.exec(part) ?? [];
    return sequence && changes
      ? { sequence: Number(sequence), changes: Number(changes) }
      : undefined;
  });
}

const checkOf = (auctionIds: readonly string[]): string =>
  crc32(auctionIds.join()).toString(16).padStart(8, '0');

const none = (length: number): undefined[] => Array.from({ length }, () => undefined);
