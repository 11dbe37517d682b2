import { Module } from '@nestjs/common';
import { PayeeController } from './payee.controller.ts';
import { ReceiptsController } from './receipts.controller.ts';
import { SellersController } from './sellers.controller.ts';

@Module({ controllers: [SellersController, PayeeController, ReceiptsController] })
export class SellersModule {}
