import { Module } from '@nestjs/common';
import { AuctionsController } from './auctions.controller.ts';
import { AuctionsService } from './auctions.service.ts';
import { EndSaleController } from './end-sale.controller.ts';

@Module({ controllers: [AuctionsController, EndSaleController], providers: [AuctionsService] })
export class AuctionsModule {}
