import type { Currency } from '../../domain/common/money.ts';
import { hashId } from '../../database/hash-id.ts';

/** Money that goes from one wallet to another. */
export interface TransferRequest {
  readonly senderId: string;
  readonly recipientId: string;
  readonly currency: Currency;
  readonly amountMinor: number;
  /** For the recipient to read. */
  readonly note: string | null;
  readonly idempotencyKey: string;
}

export type TransferAnswer = MadeTransfer | RefusedTransfer;

export interface MadeTransfer {
  readonly made: true;
  readonly id: string;
  /** UTC, ISO 8601. */
  readonly postedAt: string;
}

export type RefusedTransfer =
  | {
      readonly made: false;
      readonly code: 'insufficient_funds';
      /** What the sender's wallet held then. */
      readonly availableMinor: number;
    }
  | {
      readonly made: false;
      readonly code: 'same_wallet' | 'wallet_not_found' | 'idempotency_key_reused';
    };

/**
 * A transfer's id follows from the sender and the key, so the ledger's own rule, one posting per kind
 * and subject, makes it happen once.
 */
export const transferId = ({ senderId, idempotencyKey }: TransferRequest): string =>
  hashId(`${senderId}\n${idempotencyKey}`);
