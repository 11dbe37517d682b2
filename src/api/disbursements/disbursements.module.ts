import { Module } from '@nestjs/common';
import { DisbursementsController } from './disbursements.controller.ts';
import { DisbursementsService } from './disbursements.service.ts';

@Module({ controllers: [DisbursementsController], providers: [DisbursementsService] })
export class DisbursementsModule {}
