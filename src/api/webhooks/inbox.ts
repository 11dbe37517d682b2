import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { InboxMessage } from '../../database/entities/index.ts';

type Arrival = Pick<InboxMessage, 'provider' | 'eventId' | 'eventType' | 'body' | 'correlationId'>;

@Injectable()
export class Inbox {
  constructor(private readonly database: DataSource) {}

  /** Keeps an event once; each further delivery is only counted. */
  async keep({ provider, eventId, eventType, body, correlationId }: Arrival): Promise<void> {
    await this.database.query(
      `INSERT INTO inbox (provider, event_id, event_type, body, correlation_id)
       VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (provider, event_id) DO UPDATE SET deliveries = inbox.deliveries + 1`,
      [provider, eventId, eventType, JSON.stringify(body), correlationId],
    );
  }
}
