import type { ValueTransformer } from 'typeorm';

/** A bytea as hexadecimal digits. */
export const HEX: ValueTransformer = {
  from: (bytes: Buffer | null) => bytes?.toString('hex') ?? null,
  to: (digits: string | null | undefined) => (digits ? Buffer.from(digits, 'hex') : digits),
};
