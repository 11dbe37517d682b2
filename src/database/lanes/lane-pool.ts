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
 * still empty, when reading a whole table looks cheap: these settings let no such plan be made. With
 * pipelining, statements that need not wait for each other share a round trip.
 */
export function openLanePool(connectionString: string, lost?: (error: Error) => void): pg.Pool {
  const options: pg.PoolConfig & { pipeline: boolean } = {
    connectionString,
    max: CONNECTIONS,
    options: PLANS,
    pipeline: true,
    stream: () => new GatheringSocket(),
  };
  return surviveLosses(new pg.Pool(options), lost);
}

/**
 * Sends what is written in one turn as one piece: each piece would wake the server anew. And reads into
 * one buffer: a new one of 64 KB for each answer makes the garbage collector stop everything to find it.
 */
class GatheringSocket extends Socket {
  private gathering = false;

  constructor() {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const callback = (bytes: number) => {
      // A copy, as pg keeps what has come of a message until its end does.
      this.emit('data', Buffer.from(buffer.subarray(0, bytes)));
      return true;
    };
    super({ onread: { buffer, callback } });
  }

  // pg corks and uncorks around each statement; this holds all of them until the turn has ended.
  override cork(): void {
    super.cork();
    if (this.gathering) return;
    this.gathering = true;
    super.cork();
    process.nextTick(() => {
      this.gathering = false;
      this.uncork();
    });
  }
}

const READ_BYTES = 64 * 1024;
