import { Module } from '@nestjs/common';
import { DisputesController } from './disputes.controller.ts';

@Module({ controllers: [DisputesController] })
export class DisputesModule {}
