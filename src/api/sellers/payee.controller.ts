import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { EntityManager } from 'typeorm';
import type { z } from 'zod';
import { propose } from '../../services/approval/approvals.ts';
import type { ApprovalRequests } from '../../database/entities/approval.ts';
import type { Approval } from '../../database/entities/index.ts';
import { notify } from '../../database/notices.ts';
import { ApprovalView, viewApproval } from '../approvals/approvals.schemas.ts';
import { mustBeOnlyProposal } from '../approvals/only-proposal.ts';
import { CurrentAccess, type Access } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { lockThing } from '../http/edits/lock.ts';
import { mustBeForAnother } from '../http/not-for-oneself.ts';
import { Problem } from '../http/problem.ts';
import { ExternalId } from '../http/schemas.ts';
import { readSeller } from './read-seller.ts';
import { ChangePayee } from './sellers.schemas.ts';

@ApiTags('sellers')
@Controller('v1/sellers')
export class PayeeController {
  @Post(':id/payee')
  @Command('operator')
  @ApiOperation({
    summary: 'Proposes another PayPal account to be paid; a second person approves it',
    description: 'It touches only orders that are opened later. The seller is told at once.',
  })
  @ApiOkResponse({ standardSchema: ApprovalView })
  async changePayee(
    @InChange() { tx, cause }: Change,
    @CurrentAccess() access: Access,
    @Param('id', { schema: ExternalId }) id: string,
    @Body({ schema: ChangePayee }) { paypalMerchantId, reason }: z.infer<typeof ChangePayee>,
  ) {
    await lockThing(tx, 'seller', id);
    const { paypalMerchantId: from } = await readSeller(tx, id);
    const change = { sellerId: id, from, to: paypalMerchantId };
    mustBeForAnother(access.id, id);
    if (change.to === from) {
      throw new Problem(409, 'state_conflict', `The seller is paid to ${from} already.`);
    }
    return viewApproval(await proposePayee(tx, change, { ...cause(), reason }));
  }
}

/** The seller is told before anything changes: whoever has not asked for it can still say so. */
async function proposePayee(
  tx: EntityManager,
  change: ApprovalRequests['payee_change'],
  cause: Parameters<typeof propose>[2],
): Promise<Approval> {
  const { sellerId, from, to } = change;
  const proposal = { kind: 'payee_change', subjectId: sellerId } as const;
  await mustBeOnlyProposal(tx, proposal);
  const approval = await propose(tx, { ...proposal, request: change }, cause);
  await notify(tx, {
    recipientId: sellerId,
    kind: 'payee_change_proposed',
    subjectId: approval.id,
    text: `We have been asked to pay your new sales to the PayPal account ${to} instead of ${from}. Was it not you who asked for that, tell us at once.`,
  });
  return approval;
}
