import { ownerOf } from '../../domain/ledger/ledger.ts';
import { Problem } from './problem.ts';

/**
 * Whoever works for the house may buy and sell there, too, and then decides nothing about the own money
 * or the own limits: a colleague does.
 */
export function mustBeForAnother(actorId: string, concerned: string): void {
  if (actorId !== concerned) return;
  throw new Problem(403, 'not_for_oneself', 'It is about yourself: a colleague must do it.');
}

/** The same of whoever has one of these ledger accounts. */
export function mustMoveForOthers(
  actorId: string,
  entries: readonly { readonly account: string }[],
): void {
  for (const { account } of entries) mustBeForAnother(actorId, ownerOf(account) ?? '');
}
