import 'reflect-metadata';
import { measureLedger } from './ledger/measure.ts';
import { runInHouse } from './support/run-in-house.ts';

/** npm run bench:ledger: how fast transfers between wallets are, as ratios to pgbench's. */
await runInHouse('bench:ledger', measureLedger);
