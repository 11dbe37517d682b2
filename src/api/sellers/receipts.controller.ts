import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Seller } from '../../database/entities/index.ts';
import { receiveFromSeller } from '../../services/ledger/receipt.ts';
import { CurrentAccess, type Access } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { mustBeForAnother } from '../http/not-for-oneself.ts';
import { notFound, Problem } from '../http/problem.ts';
import { AmountMinor, Currency, ExternalId, Id, Line, SignedMinor } from '../http/schemas.ts';

const RecordReceipt = z
  .object({
    currency: Currency,
    amountMinor: AmountMinor,
    reference: Line(200)
      .min(1)
      .describe("the bank's, or whatever tells this payment of the seller's from others"),
  })
  .meta({ id: 'RecordReceipt' });

const ReceiptView = RecordReceipt.extend({
  id: Id,
  sellerId: ExternalId,
  owedMinor: SignedMinor.describe('what the seller still owes, minor units'),
}).meta({ id: 'Receipt' });

@ApiTags('sellers')
@Controller('v1/sellers')
export class ReceiptsController {
  @Post(':id/receipts')
  @Command('finance')
  @ApiOperation({ summary: 'Books off what a seller owed the house and has paid by hand' })
  @ApiOkResponse({ standardSchema: ReceiptView })
  async record(
    @InChange() { tx }: Change,
    @CurrentAccess() { id: actorId }: Access,
    @Param('id', { schema: ExternalId }) sellerId: string,
    @Body({ schema: RecordReceipt }) wanted: z.infer<typeof RecordReceipt>,
  ): Promise<z.infer<typeof ReceiptView>> {
    mustBeForAnother(actorId, sellerId);
    if (!(await tx.existsBy(Seller, { id: sellerId }))) throw notFound('seller', sellerId);
    const received = await receiveFromSeller(tx, { ...wanted, sellerId, actorId });
    switch (received.outcome) {
      case 'received':
        return { ...wanted, id: received.receiptId, sellerId, owedMinor: received.owedMinor };
      case 'alreadyReceived':
        throw new Problem(
          409,
          'already_received',
          'A payment of this seller with this reference is recorded, even if it was taken back: is it another, add something to the reference.',
        );
      case 'tooMuch': {
        const { owedMinor } = received;
        const detail = `The seller owes only ${owedMinor} (minor units).`;
        throw new Problem(422, 'more_than_owed', detail, { owedMinor });
      }
    }
  }
}
