import type { EntityManager } from 'typeorm';
import { changeState, type Cause } from '../../database/change-state.ts';
import type { Dispute } from '../../database/entities/index.ts';

/** A dispute that has ended is undecided again; says whether it had. */
export async function reopen(
  tx: EntityManager,
  { id, state }: Pick<Dispute, 'id' | 'state'>,
  cause: Cause,
): Promise<boolean> {
  switch (state) {
    case 'open':
    case 'appealed':
      return false;
    case 'lost':
      return (await changeState(tx, 'dispute', id, 'appeal', cause)).changed;
    case 'won':
    case 'withdrawn':
      return (await changeState(tx, 'dispute', id, 'reopen', cause)).changed;
  }
}
