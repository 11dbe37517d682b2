import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { policyVersion } from '../../services/bidding/lane/policy-cache.ts';
import { databaseNow } from '../../database/clock.ts';
import { changeState, lockSubject } from '../../database/change-state.ts';
import { explainReversals } from '../../services/disbursement/reversals.ts';
import { followStops } from '../../services/disbursement/follow-stops.ts';
import { holdFacts } from '../../services/disbursement/hold-facts.ts';
import { Auction, Disbursement } from '../../database/entities/index.ts';
import { sendLater } from '../../database/outbox.ts';
import { recordIntervention } from '../../database/record-intervention.ts';
import { mayLeave } from '../../domain/disbursement/may-leave.ts';
import { durationMs } from '../../domain/common/duration.ts';
import { disbursementLifecycle } from '../../domain/disbursement/lifecycle.ts';
import { isFinal } from '../../domain/lifecycle/lifecycle.ts';
import { lookAgain, workflowIds } from '../../workflows/messages.ts';
import type { Access } from '../http/access.ts';
import type { Change } from '../http/change.ts';
import { given, pageOfRows } from '../http/page.ts';
import { mustBeForAnother } from '../http/not-for-oneself.ts';
import { notFound, Problem } from '../http/problem.ts';
import { viewersOf } from '../http/views/views.ts';
import {
  DISBURSEMENT_VIEWS,
  viewDisbursement,
  viewStanding,
  type DisbursementQuery,
  type DisbursementView,
  type RecordArrival,
} from './disbursements.schemas.ts';

@Injectable()
export class DisbursementsService {
  constructor(private readonly database: DataSource) {}

  async get(access: Access, id: string): Promise<Partial<DisbursementView>> {
    const found = await this.database.manager.findOneBy(Disbursement, { id, ...ownOnly(access) });
    if (!found) throw notFound('disbursement', id);
    const { manager } = this.database;
    const may = mayLeave(await holdFacts(manager, found), await databaseNow(manager));
    const whole = { ...viewDisbursement(found), standing: viewStanding(may) };
    return DISBURSEMENT_VIEWS.of(viewersOf(access, found), whole);
  }

  list(access: Access, { auctionId, state, ...page }: DisbursementQuery) {
    const where = given({ auctionId, state, ...ownOnly(access) }) as object;
    const view = (row: Disbursement) => viewFor(access, row);
    return pageOfRows(this.database.manager, Disbursement, where, page, view);
  }

  /** The piece has arrived: inspection begins, and at its end the money is due. */
  async recordArrival(
    { tx, cause, correlationId }: Change,
    id: string,
    wanted: RecordArrival,
  ): Promise<DisbursementView> {
    const disbursement = await openDisbursement(tx, id);
    mustBeForAnother(cause().actorId, disbursement.sellerId);
    const now = await databaseNow(tx);
    const arrivedAt = wanted.arrivedAt ? new Date(wanted.arrivedAt) : now;
    if (arrivedAt > now) {
      throw new Problem(422, 'arrival_in_the_future', 'arrivedAt must not lie in the future.');
    }
    const auction = await tx.findOneByOrFail(Auction, { id: disbursement.auctionId });
    const policy = await policyVersion(tx, auction.policyName, auction.policyVersion);
    const dueAt = new Date(arrivedAt.getTime() + durationMs(policy.inspection));
    await tx.update(Disbursement, { id }, { arrivedAt, dueAt });
    await recordIntervention(tx, 'disbursement', disbursement, 'record arrival', cause());
    await sendLater(tx, lookAgain(workflowIds.disbursement(id)), correlationId);
    return viewDisbursement(Object.assign(disbursement, { arrivedAt, dueAt }));
  }

  /** Keeps the money where it is until released, at most until PayPal pays out by itself. */
  async hold({ tx, cause, correlationId }: Change, id: string, reason: string) {
    const disbursement = await openDisbursement(tx, id);
    if (disbursement.state === 'held') {
      await recordIntervention(tx, 'disbursement', disbursement, 'hold', cause(reason));
    } else {
      await changeState(tx, 'disbursement', id, 'holdBack', cause(reason));
    }
    await tx.update(Disbursement, { id }, { holdReason: reason });
    await sendLater(tx, lookAgain(workflowIds.disbursement(id)), correlationId);
    return viewDisbursement(await lockSubject(tx, 'disbursement', id));
  }

  /**
   * Releases now: ends a hold, does not wait for an arrival, tries a failed release again, and sets aside
   * a reversal that nobody could explain. A dispute only PayPal ends.
   */
  async release({ tx, cause, correlationId }: Change, id: string, reason: string) {
    const locked = await lockSubject(tx, 'disbursement', id);
    mustBeForAnother(cause().actorId, locked.sellerId);
    const { disputed, reversed } = await holdFacts(tx, locked);
    if (disputed) {
      throw new Problem(
        409,
        'payment_disputed',
        'The buyer disputes the payment: the money stays until PayPal has ended the dispute.',
        { state: locked.state },
      );
    }
    if (reversed) await explainReversals(tx, locked.paymentId, 'released');
    const { state } = await followStops(tx, locked, cause(reason));
    const event = state === 'failed' ? 'tryAgain' : 'comeDue';
    await changeState(tx, 'disbursement', id, event, cause(reason), { holdReason: null });
    await sendLater(tx, lookAgain(workflowIds.disbursement(id)), correlationId);
    return viewDisbursement(await lockSubject(tx, 'disbursement', id));
  }
}

async function openDisbursement(tx: EntityManager, id: string): Promise<Disbursement> {
  const disbursement = await lockSubject(tx, 'disbursement', id);
  if (!isFinal(disbursementLifecycle, disbursement.state)) return disbursement;
  throw new Problem(409, 'state_conflict', `The disbursement is ${disbursement.state} already.`, {
    state: disbursement.state,
  });
}

const viewFor = (access: Access, row: Disbursement): Partial<DisbursementView> =>
  DISBURSEMENT_VIEWS.of(viewersOf(access, row), viewDisbursement(row));

const ownOnly = (access: Access) => (access.seesAll ? {} : { sellerId: access.id });
