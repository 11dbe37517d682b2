import { Module } from '@nestjs/common';
import { BidLogService } from './bid-log.service.ts';
import { BidsController } from './bids.controller.ts';

@Module({ controllers: [BidsController], providers: [BidLogService] })
export class BidsModule {}
