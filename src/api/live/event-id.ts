import type { Version } from '../../database/live/read-auctions.ts';

/**
 * The id of an event says how far the stream has come with each of its auctions, in the order in which
 * they were asked for: `12.3` or `12.3,0.1`. A client that comes back with it misses nothing.
 */
export const eventId = (versions: Iterable<Version | undefined>): string =>
  Array.from(versions, (version) =>
    version ? `${version.sequence}.${version.changes}` : '',
  ).join();

const VERSION = /^(\d{1,9})\.(\d{1,9})$/;

/**
 * The versions in a Last-Event-ID, in order; undefined for an auction of which the stream had not said
 * anything. An id that is none of this stream's counts as none at all.
 */
export function parseEventId(id: unknown, auctions: number): readonly (Version | undefined)[] {
  const parts = typeof id === 'string' ? id.split(',') : [];
  if (parts.length !== auctions) return Array.from({ length: auctions }, () => undefined);
  return parts.map((part) => {
    const [, sequence, changes] = VERSION.exec(part) ?? [];
    return sequence && changes
      ? { sequence: Number(sequence), changes: Number(changes) }
      : undefined;
  });
}
