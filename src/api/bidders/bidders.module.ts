import { Module } from '@nestjs/common';
import { BiddersController } from './bidders.controller.ts';

@Module({ controllers: [BiddersController] })
export class BiddersModule {}
