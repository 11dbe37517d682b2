import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { InboxMessage } from '../../database/entities/index.ts';
import { keepableJson } from '../../domain/common/keepable.ts';

interface Arrival extends Pick<
  InboxMessage,
  'provider' | 'eventId' | 'eventType' | 'correlationId'
> {
  readonly body: object;
  /** The bytes that came. */
  readonly raw: Buffer;
}

@Injectable()
export class Inbox {
  constructor(private readonly database: DataSource) {}

  /** Keeps an event once; each further delivery is only counted. */
  async keep({ provider, eventId, eventType, body, raw, correlationId }: Arrival): Promise<void> {
    await this.database.query(
      `INSERT INTO inbox (provider, event_id, event_type, body, raw, correlation_id)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (provider, event_id) DO UPDATE SET deliveries = inbox.deliveries + 1`,
      [provider, eventId, eventType, JSON.stringify(keepableJson(body)), raw, correlationId],
    );
  }
}
