import { Module } from '@nestjs/common';
import { Inbox } from './inbox.ts';
import { WebhooksController } from './webhooks.controller.ts';

@Module({ controllers: [WebhooksController], providers: [Inbox] })
export class WebhooksModule {}
