import { Module } from '@nestjs/common';
import { LiveHub } from './live-hub.ts';
import { LiveStreams } from './live-streams.ts';
import { LiveController } from './live.controller.ts';

@Module({
  controllers: [LiveController],
  providers: [LiveHub, LiveStreams],
  exports: [LiveStreams],
})
export class LiveModule {}
