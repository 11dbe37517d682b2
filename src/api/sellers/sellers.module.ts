import { Module } from '@nestjs/common';
import { SellersController } from './sellers.controller.ts';

@Module({ controllers: [SellersController] })
export class SellersModule {}
