import { randomBytes, randomUUID } from 'node:crypto';

const LETTERS_AND_DIGITS = '0123456789ABCDEFGHJKLMNPQRSTUVWXYZ';

/** Seventeen capitals and digits, as PayPal's orders, captures and refunds have. */
export const transactionId = (): string =>
  Array.from(randomBytes(17), (byte) => LETTERS_AND_DIGITS[byte % LETTERS_AND_DIGITS.length]).join(
    '',
  );

/** Ends in an equals sign, as PayPal's do: a client must encode it in a path. */
export const payoutItemId = (): string => `${randomBytes(32).toString('base64url')}=`;

export const disputeId = (): string => `PP-D-${randomBytes(4).readUInt32BE() % 100_000_000}`;
export const eventId = (): string => `WH-${transactionId()}-${transactionId()}`;
export const transmissionId = (): string => randomUUID();
export const debugId = (): string => randomBytes(7).toString('hex').slice(0, 13);
export const accessToken = (): string => `A21AA${randomBytes(48).toString('base64url')}`;
