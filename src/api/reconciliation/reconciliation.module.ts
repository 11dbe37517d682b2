import { Module } from '@nestjs/common';
import { DifferencesService } from './differences.service.ts';
import { ReconciliationController } from './reconciliation.controller.ts';
import { RepairsService } from './repairs.service.ts';
import { RunsService } from './runs.service.ts';
import { UnreadLinesController } from './unread-lines.controller.ts';

@Module({
  controllers: [ReconciliationController, UnreadLinesController],
  providers: [RunsService, DifferencesService, RepairsService],
})
export class ReconciliationModule {}
