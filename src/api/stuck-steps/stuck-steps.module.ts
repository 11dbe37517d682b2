import { Module } from '@nestjs/common';
import { StuckStepsController } from './stuck-steps.controller.ts';
import { StuckStepsService } from './stuck-steps.service.ts';

@Module({ controllers: [StuckStepsController], providers: [StuckStepsService] })
export class StuckStepsModule {}
