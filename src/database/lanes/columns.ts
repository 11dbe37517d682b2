/**
 * How values are written in PostgreSQL's binary format, which pg sends as it is. As text, writing and
 * reading the arrays of a batch took longer than storing its bids.
 */
export interface Type<T> {
  readonly name: string;
  /** In pg_type. */
  readonly oid: number;
  bytes(value: T): number;
  write(value: T, into: Buffer, at: number): void;
}

export const text: Type<string> = {
  name: 'text',
  oid: 25,
  bytes: (value) => Buffer.byteLength(value),
  write: (value, into, at) => into.write(value, at),
};

export const bytes: Type<Buffer> = {
  name: 'bytea',
  oid: 17,
  bytes: (value) => value.length,
  write: (value, into, at) => into.set(value, at),
};

export const integer: Type<number> = {
  name: 'integer',
  oid: 23,
  bytes: () => 4,
  write: (value, into, at) => into.writeInt32BE(value, at),
};

/** bigint; for amounts. Throws a RangeError for what is no safe integer. */
export const amount: Type<number> = {
  name: 'bigint',
  oid: 20,
  bytes: () => 8,
  write: writeInt64,
};

export const flag: Type<boolean> = {
  name: 'boolean',
  oid: 16,
  bytes: () => 1,
  write: (value, into, at) => into.writeInt8(value ? 1 : 0, at),
};

const EPOCH_2000_MS = Date.UTC(2000, 0, 1);

/** timestamptz, from milliseconds since 1970; PostgreSQL counts microseconds since 2000. */
export const moment: Type<number> = {
  name: 'timestamptz',
  oid: 1184,
  bytes: () => 8,
  write: (ms, into, at) => writeInt64((ms - EPOCH_2000_MS) * 1_000, into, at),
};

/** Throws a RangeError for what is no UUID. */
export const uuid: Type<string> = {
  name: 'uuid',
  oid: 2950,
  bytes: () => 16,
  write: (value, into, at) => {
    const written = into.write(value.replaceAll('-', ''), at, 16, 'hex');
    if (written !== 16) throw new RangeError(`${value} is no UUID`);
  },
};

function writeInt64(value: number, into: Buffer, at: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no integer`);
  into.writeInt32BE(Math.floor(value / 2 ** 32), at);
  into.writeUInt32BE(value >>> 0, at + 4);
}

export function valueOf<T>(type: Type<T>, value: T | null): Buffer | null {
  if (value === null) return null;
  const buffer = Buffer.allocUnsafe(type.bytes(value));
  type.write(value, buffer, 0);
  return buffer;
}

/** A column of many rows as one parameter. */
export function arrayOf<T>(type: Type<T>, values: readonly (T | null)[]): Buffer {
  let length = HEADER_BYTES;
  for (const value of values) length += 4 + (value === null ? 0 : type.bytes(value));
  const buffer = Buffer.allocUnsafe(length);
  let at = writeHeader(buffer, type.oid, values.length);
  for (const value of values) {
    const size = value === null ? NULL : type.bytes(value);
    at = buffer.writeInt32BE(size, at);
    if (value === null) continue;
    type.write(value, buffer, at);
    at += size;
  }
  return buffer;
}

const HEADER_BYTES = 20;
const NULL = -1;

/** Dimensions, whether NULL may occur, type; then the length and the first index of the one dimension. */
function writeHeader(buffer: Buffer, oid: number, length: number): number {
  let at = 0;
  for (const part of [1, 1, oid, length, 1]) at = buffer.writeInt32BE(part, at);
  return at;
}
