import type pg from 'pg';
import { Lane } from '../../database/lanes/lane.ts';
import { TRANSFERS, type TransferFacts } from './transfer-batch.ts';
import type { TransferAnswer, TransferRequest } from './transfer.ts';

/** The lane of transfers, whatever wallets they are between. */
export class TransferLane extends Lane<TransferRequest, TransferFacts, TransferAnswer> {
  constructor(pool: pg.Pool) {
    super(pool, TRANSFERS);
  }
}
