import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { Id, Reason } from '../http/schemas.ts';
import {
  PAYMENT_VIEWS,
  PaymentPage,
  PaymentQuery,
  RefundList,
  RefundView,
  RequestRefund,
} from './payments.schemas.ts';
import { PaymentsService } from './payments.service.ts';

type Reason = z.infer<typeof Reason>;

@ApiTags('payments')
@Controller('v1/payments')
export class PaymentsController {
  constructor(private readonly payments: PaymentsService) {}

  @Get()
  @Allow('operator', 'finance', 'seller', 'bidder')
  @ApiOperation({ summary: 'Payments, newest first: buyers and sellers see their own' })
  @ApiOkResponse({ standardSchema: PaymentPage })
  list(@CurrentAccess() access: Access, @Query({ schema: PaymentQuery }) query: PaymentQuery) {
    return this.payments.list(access, query);
  }

  @Get(':id')
  @Allow('operator', 'finance', 'seller', 'bidder')
  @ApiOperation({ summary: 'A payment' })
  @ApiOkResponse({ standardSchema: PAYMENT_VIEWS.schema })
  get(@CurrentAccess() access: Access, @Param('id', { schema: Id }) id: string) {
    return this.payments.get(access, id);
  }

  @Get(':id/refunds')
  @Allow('operator', 'finance', 'seller', 'bidder')
  @ApiOperation({ summary: 'The refunds of a payment' })
  @ApiOkResponse({ standardSchema: RefundList })
  refunds(@CurrentAccess() access: Access, @Param('id', { schema: Id }) id: string) {
    return this.payments.refunds(access, id);
  }

  @Post(':id/refunds')
  @Command('operator', 'finance')
  @ApiOperation({ summary: 'Gives money back to the buyer, whole or in part' })
  @ApiOkResponse({ standardSchema: RefundView })
  refund(
    @InChange() change: Change,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: RequestRefund }) body: RequestRefund,
  ) {
    return this.payments.refund(change, id, body);
  }

  @Post(':id/refunds/:refundId/give-up')
  @Command('operator', 'finance')
  @ApiOperation({
    summary: 'Ends a refund that is stuck, unless PayPal turns out to have it: it is asked first',
  })
  @ApiOkResponse({ standardSchema: RefundView })
  giveUp(
    @InChange() change: Change,
    @Param('id', { schema: Id }) id: string,
    @Param('refundId', { schema: Id }) refundId: string,
    @Body({ schema: Reason }) { reason }: Reason,
  ) {
    return this.payments.giveUp(change, { id: refundId, paymentId: id }, reason);
  }

  @Post(':id/refunds/:refundId/retry')
  @Command('operator', 'finance')
  @ApiOperation({ summary: 'Tries a refund that is stuck again, at once; PayPal refunds once' })
  @ApiOkResponse({ standardSchema: RefundView })
  retryRefund(
    @InChange() change: Change,
    @Param('id', { schema: Id }) id: string,
    @Param('refundId', { schema: Id }) refundId: string,
    @Body({ schema: Reason }) { reason }: Reason,
  ) {
    return this.payments.retryRefund(change, { id: refundId, paymentId: id }, reason);
  }
}
