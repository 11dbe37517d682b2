/**
 * How values are written in PostgreSQL's binary format, which pg sends as it is. As text, writing and
 * reading the arrays of a batch took longer than storing its bids.
 */
export interface Type<T> {
  readonly name: string;
  /** In pg_type. */
  readonly oid: number;
  /** No value takes more bytes; to count them exactly would take as long as to write them. */
  most(value: T): number;
  /** Gives the place behind what it has written. */
  write(value: T, into: Buffer, at: number): number;
}

export const text: Type<string> = {
  name: 'text',
  oid: 25,
  most: (value) => value.length * MOST_BYTES_OF_A_UNIT,
  write: (value, into, at) => at + into.write(value, at),
};

/** UTF-8 takes three for a UTF-16 code unit, and four for a pair of them. */
const MOST_BYTES_OF_A_UNIT = 3;

/** bytea, from hexadecimal digits. */
export const bytes: Type<string> = {
  name: 'bytea',
  oid: 17,
  most: (digits) => digits.length / 2,
  write: (digits, into, at) => at + into.write(digits, at, 'hex'),
};

export const integer: Type<number> = {
  name: 'integer',
  oid: 23,
  most: () => 4,
  write: (value, into, at) => into.writeInt32BE(value, at),
};

/** bigint; for amounts. Throws a RangeError for what is no safe integer. */
export const amount: Type<number> = {
  name: 'bigint',
  oid: 20,
  most: () => 8,
  write: writeInt64,
};

export const flag: Type<boolean> = {
  name: 'boolean',
  oid: 16,
  most: () => 1,
  write: (value, into, at) => into.writeInt8(value ? 1 : 0, at),
};

const EPOCH_2000_MS = Date.UTC(2000, 0, 1);

/** timestamptz, from milliseconds since 1970; PostgreSQL counts microseconds since 2000. */
export const moment: Type<number> = {
  name: 'timestamptz',
  oid: 1184,
  most: () => 8,
  write: (ms, into, at) => writeInt64((ms - EPOCH_2000_MS) * 1_000, into, at),
};

/** Throws a RangeError for what is no UUID. */
export const uuid: Type<string> = {
  name: 'uuid',
  oid: 2950,
  most: () => UUID_BYTES,
  write: (value, into, at) => {
    const end = at + UUID_BYTES;
    for (let i = 0; i < value.length; i += 2) {
      if (value.charCodeAt(i) === HYPHEN) i += 1;
      const [high, low] = [DIGITS[value.charCodeAt(i)], DIGITS[value.charCodeAt(i + 1)]];
      if (high === undefined || low === undefined || at === end) throw noUuid(value);
      into[at++] = (high << 4) | low;
    }
    if (at !== end) throw noUuid(value);
    return at;
  },
};

const UUID_BYTES = 16;
const HYPHEN = '-'.charCodeAt(0);
/** What a hexadecimal digit is worth, by its character's code. */
const DIGITS: (number | undefined)[] = [];
for (const digits of ['0123456789abcdef', '0123456789ABCDEF']) {
  [...digits].forEach((digit, worth) => (DIGITS[digit.charCodeAt(0)] = worth));
}
const noUuid = (value: string) => new RangeError(`${value} is no UUID`);

/** A ctid, which is where a version of a row is: (block,item). Throws a RangeError for another text. */
export const tid: Type<string> = {
  name: 'tid',
  oid: 27,
  most: () => 6,
  write: (value, into, at) => {
    const parts = TID.exec(value);
    if (!parts) throw new RangeError(`${value} is no ctid`);
    into.writeUInt32BE(Number(parts[1]), at);
    return into.writeUInt16BE(Number(parts[2]), at + 4);
  },
};

const TID = /^\((\d+),(\d+)\)$/;

/** A transaction's id, as it stands in the xmin of a row's version. */
export const xid: Type<string> = {
  name: 'xid',
  oid: 28,
  most: () => 4,
  write: (value, into, at) => into.writeUInt32BE(Number(value), at),
};

function writeInt64(value: number, into: Buffer, at: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no integer`);
  into.writeInt32BE(Math.floor(value / 2 ** 32), at);
  return into.writeUInt32BE(value >>> 0, at + 4);
}

export function valueOf<T>(type: Type<T>, value: T | null): Buffer | null {
  if (value === null) return null;
  const buffer = Buffer.allocUnsafe(type.most(value));
  return buffer.subarray(0, type.write(value, buffer, 0));
}

/** A column of many rows as one parameter. By index: an iterator makes an object for each value. */
export function arrayOf<T>(type: Type<T>, values: readonly (T | null)[]): Buffer {
  let most = HEADER_BYTES + LENGTH_BYTES * values.length;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as T | null;
    if (value !== null) most += type.most(value);
  }
  const buffer = Buffer.allocUnsafe(most);
  let at = writeHeader(buffer, type.oid, values.length);
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as T | null;
    const start = at + LENGTH_BYTES;
    const end = value === null ? start : type.write(value, buffer, start);
    buffer.writeInt32BE(value === null ? NULL : end - start, at);
    at = end;
  }
  return buffer.subarray(0, at);
}

const HEADER_BYTES = 20;
/** Before each value: its length. */
const LENGTH_BYTES = 4;
const NULL = -1;

/** Dimensions, whether NULL may occur, type; then the length and the first index of the one dimension. */
function writeHeader(buffer: Buffer, oid: number, length: number): number {
  let at = 0;
  for (const part of [1, 1, oid, length, 1]) at = buffer.writeInt32BE(part, at);
  return at;
}
