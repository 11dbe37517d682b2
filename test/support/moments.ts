const DAY_MS = 24 * 3_600_000;

/** So long from now that no test reaches it, and within what an auction or a sale may last. */
export const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();
