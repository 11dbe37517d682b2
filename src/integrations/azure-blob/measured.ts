import { createHash } from 'node:crypto';
import { pipeline, Transform, type Readable } from 'node:stream';

export interface Measured {
  /** The same bytes; a fault of the source is a fault of this stream. */
  readonly stream: Readable;
  /** Rejects with the fault of the source, whether or not anybody listens to the stream yet. */
  readonly broken: Promise<never>;
  /** What has passed so far; complete when the stream has ended. */
  totals(): { bytes: number; sha256: string };
}

/** Counts and hashes the bytes of a stream while somebody else reads them. */
export function measured(source: Readable): Measured {
  const hash = createHash('sha256');
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  const broken = new Promise<never>((_resolve, reject) => {
    // pipeline and not pipe: a source that breaks off must not look like one that has ended.
    pipeline(source, meter, (fault) => fault && reject(fault));
  });
  // Handled here, too, for the reader that has gone away by then.
  broken.catch(() => undefined);
  return { stream: meter, broken, totals: () => ({ bytes, sha256: hash.copy().digest('hex') }) };
}
