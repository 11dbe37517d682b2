import { Socket } from 'node:net';
import pg from 'pg';
import { surviveLosses } from '../survive-losses.ts';

/** One each for the lanes of bids and of transfers, and as many for when they are lost. */
const CONNECTIONS = 4;

/** Planning a batch's statements anew takes longer than running them. */
const PLANS =
  '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan';

/**
 * The lanes' own connections. Their statements are planned once and kept, often while the tables are
 * still empty, when reading a whole table looks cheap: these settings let no such plan be made, and where a
 * handful of rows were there and analysed, the next ANALYZE replaces it.
 */
export function openLanePool(connectionString: string, lost?: (error: Error) => void): pg.Pool {
  return surviveLosses(
    new pg.Pool({
      connectionString,
      max: CONNECTIONS,
      idleTimeoutMillis: 0, // What is prepared and remembered on a connection goes with it.
      options: PLANS,
      stream: () => new OneBufferSocket(),
    }),
    lost,
  );
}

/** Reads into one buffer: a new one of 64 KB for each answer makes the garbage collector stop everything. */
class OneBufferSocket extends Socket {
  constructor() {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const callback = (bytes: number) => {
      // A copy, as pg keeps what has come of a message until its end does.
      this.emit('data', Buffer.from(buffer.subarray(0, bytes)));
      return true;
    };
    super({ onread: { buffer, callback } });
  }
}

const READ_BYTES = 64 * 1024;
