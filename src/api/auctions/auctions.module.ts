import { Module } from '@nestjs/common';
import { AuctionsController } from './auctions.controller.ts';
import { AuctionsService } from './auctions.service.ts';

@Module({ controllers: [AuctionsController], providers: [AuctionsService] })
export class AuctionsModule {}
