import { Module } from '@nestjs/common';
import { DifferencesService } from './differences.service.ts';
import { ReconciliationController } from './reconciliation.controller.ts';
import { RepairsService } from './repairs.service.ts';
import { RunsService } from './runs.service.ts';

@Module({
  controllers: [ReconciliationController],
  providers: [RunsService, DifferencesService, RepairsService],
})
export class ReconciliationModule {}
