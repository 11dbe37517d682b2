import { Module } from '@nestjs/common';
import { ReceiptsController } from './receipts.controller.ts';
import { SellersController } from './sellers.controller.ts';

@Module({ controllers: [SellersController, ReceiptsController] })
export class SellersModule {}
