import { polling } from '../runtime/proxies.ts';

// What Temporal schedules start. They are two, so that neither waits for what PayPal denies the other.

/** Finds disputes of which no webhook has told. */
export async function pollDisputes(): Promise<void> {
  await polling.findDisputes();
}

/** Finds movements of money of which no webhook has told. */
export async function pollTransactions(): Promise<void> {
  await polling.findMovements();
}
