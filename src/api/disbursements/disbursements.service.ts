import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { policyVersion } from '../../database/bidding/policy-cache.ts';
import { databaseNow } from '../../database/clock.ts';
import { changeState, lockSubject } from '../../database/change-state.ts';
import { Auction, Disbursement } from '../../database/entities/index.ts';
import { sendLater } from '../../database/outbox.ts';
import { recordIntervention } from '../../database/record-intervention.ts';
import { durationMs } from '../../domain/duration.ts';
import { disbursementLifecycle } from '../../domain/lifecycles/disbursement.ts';
import { isFinal } from '../../domain/lifecycles/lifecycle.ts';
import { lookAgain, workflowIds } from '../../workflows/messages.ts';
import type { Access } from '../http/access.ts';
import type { Change } from '../http/change.ts';
import { given, pageOfRows } from '../http/page.ts';
import { notFound, Problem } from '../http/problem.ts';
import {
  viewDisbursement,
  type DisbursementQuery,
  type DisbursementView,
  type RecordArrival,
} from './disbursements.schemas.ts';

@Injectable()
export class DisbursementsService {
  constructor(private readonly database: DataSource) {}

  async get(access: Access, id: string): Promise<DisbursementView> {
    const found = await this.database.manager.findOneBy(Disbursement, { id, ...ownOnly(access) });
    if (!found) throw notFound('disbursement', id);
    return viewDisbursement(found);
  }

  list(access: Access, { auctionId, state, ...page }: DisbursementQuery) {
    const where = given({ auctionId, state, ...ownOnly(access) }) as object;
    return pageOfRows(this.database.manager, Disbursement, where, page, viewDisbursement);
  }

  /** The piece has arrived: inspection begins, and at its end the money is due. */
  async recordArrival(
    { tx, cause, correlationId }: Change,
    id: string,
    wanted: RecordArrival,
  ): Promise<DisbursementView> {
    const disbursement = await openDisbursement(tx, id);
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

  /** Releases now: ends a hold, does not wait for an arrival, tries a failed release again. */
  async release({ tx, cause, correlationId }: Change, id: string, reason: string) {
    const { state } = await lockSubject(tx, 'disbursement', id);
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

const ownOnly = (access: Access) => (access.seesAll ? {} : { sellerId: access.id });
