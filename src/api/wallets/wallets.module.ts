import { Module } from '@nestjs/common';
import { WalletsController } from './wallets.controller.ts';
import { WalletsService } from './wallets.service.ts';

@Module({ controllers: [WalletsController], providers: [WalletsService] })
export class WalletsModule {}
