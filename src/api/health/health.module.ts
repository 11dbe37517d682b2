import { Module } from '@nestjs/common';
import { LiveModule } from '../live/live.module.ts';
import { HealthController } from './health.controller.ts';
import { Metrics } from './metrics.ts';

@Module({
  imports: [LiveModule],
  controllers: [HealthController],
  providers: [Metrics],
  exports: [Metrics],
})
export class HealthModule {}
