import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { changeState, declareCause, lockSubject } from '../../database/change-state.ts';
import { DifferenceRow, Repair } from '../../database/entities/index.ts';
import {
  isStillExpected,
  postRepair,
  proposedEntries,
} from '../../services/reconciliation/repairs.ts';
import { toDecimal } from '../../domain/common/money.ts';
import { amountMoved, faultInEntries } from '../../domain/reconciliation/repair.ts';
import { REPAIR_APPROVAL_ABOVE } from '../dependencies.ts';
import type { Change } from '../http/change.ts';
import { given, pageOfRows } from '../http/page.ts';
import { mustMoveForOthers } from '../http/not-for-oneself.ts';
import { notFound, Problem } from '../http/problem.ts';
import { openDifference } from './differences.service.ts';
import {
  viewRepair,
  type ProposeRepair,
  type RepairQuery,
  type RepairView,
} from './reconciliation.schemas.ts';

@Injectable()
export class RepairsService {
  constructor(
    private readonly database: DataSource,
    @Inject(REPAIR_APPROVAL_ABOVE) private readonly approvalAboveMinor: number,
  ) {}

  list({ limit, after, ...filters }: RepairQuery) {
    const where = given(filters) as object;
    return pageOfRows(this.database.manager, Repair, where, { limit, after }, viewRepair);
  }

  /** Posts a small repair at once; a larger one waits for a second person. */
  async propose(
    { tx, cause }: Change,
    differenceId: string,
    { reason, entries: wanted }: ProposeRepair,
  ): Promise<RepairView> {
    const difference = await openDifference(tx, differenceId);
    const { auctionId, currency } = difference;
    if (!auctionId) {
      throw new Problem(422, 'no_sale', 'It belongs to no sale: close it with the reason.');
    }
    if (await tx.existsBy(Repair, { differenceId, state: 'proposed' })) {
      throw new Problem(409, 'repair_proposed', 'A repair waits for approval: withdraw it first.');
    }
    const entries = wanted ?? (await proposedEntries(tx, difference));
    if (entries.length === 0) {
      const detail = 'Nothing in the ledger is to be mended here: name the entries, or close it.';
      throw new Problem(422, 'nothing_to_repair', detail);
    }
    const fault = faultInEntries(entries);
    if (fault) throw new Problem(422, 'wrong_entries', fault);

    const why = cause(reason);
    mustMoveForOthers(why.actorId, entries);
    const amountMinor = amountMoved(entries);
    await declareCause(tx, why);
    const { identifiers } = await tx.insert(Repair, {
      differenceId,
      auctionId,
      reason,
      currency,
      entries,
      amountMinor,
      proposedBy: why.actorId,
    });
    const id = identifiers[0]!.id as string;
    if (amountMinor > this.approvalAboveMinor) return viewRepair(await findRepair(tx, id));
    await requireUnchanged(tx, difference);
    return viewRepair(await postRepair(tx, id, null, why));
  }

  /** The second person agrees, and the repair becomes a ledger entry. Twice is once. */
  async approve({ tx, cause }: Change, id: string, reason: string): Promise<RepairView> {
    // The difference first, as everyone does: of two people who decide at once, one comes second.
    const { differenceId } = await findRepair(tx, id);
    const difference = await lockSubject(tx, 'difference', differenceId);
    const repair = await lockSubject(tx, 'repair', id);
    const why = cause(reason);
    if (repair.proposedBy === why.actorId) {
      const amount = `${toDecimal(this.approvalAboveMinor, repair.currency)} ${repair.currency}`;
      throw new Problem(
        403,
        'second_person_needed',
        `You proposed it: above ${amount} somebody else must approve.`,
      );
    }
    mustMoveForOthers(why.actorId, repair.entries);
    if (repair.state === 'proposed') await requireUnchanged(tx, difference);
    return viewRepair(await postRepair(tx, id, why.actorId, why));
  }

  async withdraw({ tx, cause }: Change, id: string, reason: string): Promise<RepairView> {
    const { differenceId } = await findRepair(tx, id);
    await lockSubject(tx, 'difference', differenceId);
    const { row } = await changeState(tx, 'repair', id, 'withdraw', cause(reason));
    return viewRepair(row);
  }
}

async function findRepair(tx: EntityManager, id: string): Promise<Repair> {
  const repair = await tx.findOneBy(Repair, { id });
  if (!repair) throw notFound('repair', id);
  return repair;
}

/** What was posted since the difference was found may have mended it already. */
async function requireUnchanged(tx: EntityManager, difference: DifferenceRow): Promise<void> {
  if (await isStillExpected(tx, difference)) return;
  throw new Problem(
    409,
    'changed_meanwhile',
    'The ledger of this sale has changed since the difference was found: run the reconciliation again.',
  );
}
