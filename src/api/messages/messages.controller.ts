import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource, MoreThan } from 'typeorm';
import { z } from 'zod';
import { InboxMessage, OutboxMessage } from '../../database/entities/index.ts';
import { Allow } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { notFound } from '../http/problem.ts';
import { AfterRow, iso, Moment, pageOf, RowId, wholeNumber } from '../http/schemas.ts';

const Box = z.enum(['outbox', 'inbox']);
type Box = z.infer<typeof Box>;
const ENTITIES = { outbox: OutboxMessage, inbox: InboxMessage } as const;
const DONE = { outbox: 'relayed', inbox: 'dispatched' } as const;

const MessageQuery = z.object({
  state: z
    .enum(['waiting', 'dead', 'ignored', 'done'])
    .describe('ignored: of the inbox, what is about nothing of ours')
    .default('dead'),
  limit: wholeNumber(1, 500).default(100),
  after: AfterRow,
});

const MessageView = z
  .object({
    id: z.int(),
    about: z.string().describe('outbox: the workflow; inbox: the provider and its event'),
    kind: z.string(),
    state: z.string(),
    attempts: z.int(),
    lastError: z.string().nullable(),
    createdAt: Moment,
  })
  .meta({ id: 'Message' });
const MessagePage = pageOf(MessageView, 'MessagePage');

@ApiTags('messages')
@Controller('v1/messages')
export class MessagesController {
  constructor(private readonly database: DataSource) {}

  @Get(':box')
  @Allow('operator')
  @ApiOperation({ summary: 'Messages to workflows (outbox) and from providers (inbox)' })
  @ApiOkResponse({ standardSchema: MessagePage })
  async list(
    @Param('box', { schema: Box }) box: Box,
    @Query({ schema: MessageQuery }) { state, limit, after }: z.infer<typeof MessageQuery>,
  ) {
    const rows = await this.database.manager.find<OutboxMessage | InboxMessage>(ENTITIES[box], {
      where: {
        state: (state === 'done' ? DONE[box] : state) as 'waiting' | 'dead', // Nothing in the outbox is ever ignored.
        id: MoreThan(after),
      },
      order: { id: 'ASC' },
      take: limit + 1,
    });
    const items = rows.slice(0, limit).map(view);
    return { items, next: rows.length > limit ? String(items.at(-1)!.id) : null };
  }

  @Post(':box/:id/replay')
  @Command('operator')
  @ApiOperation({
    summary: 'Has a message handled again: dead ones, and ones whose effect was lost',
  })
  @ApiOkResponse({ standardSchema: MessageView })
  async replay(
    @InChange() { tx }: Change,
    @Param('box', { schema: Box }) box: Box,
    @Param('id', { schema: RowId }) id: number,
  ) {
    const found = await tx.findOneBy<OutboxMessage | InboxMessage>(ENTITIES[box], { id });
    if (!found) throw notFound(`message in the ${box}`, String(id));
    await tx.query(
      `UPDATE ${box} SET state = 'waiting', attempts = 0, next_attempt_at = clock_timestamp()
       WHERE id = $1`,
      [id],
    );
    await tx.query('SELECT pg_notify($1, $2)', [`gavel_${box}`, '']);
    return view(await tx.findOneByOrFail<OutboxMessage | InboxMessage>(ENTITIES[box], { id }));
  }
}

const view = (row: OutboxMessage | InboxMessage): z.infer<typeof MessageView> => ({
  id: row.id,
  about: row instanceof OutboxMessage ? row.workflowId : `${row.provider} ${row.eventId}`,
  kind: row instanceof OutboxMessage ? row.message.kind : row.eventType,
  state: row.state,
  attempts: row.attempts,
  lastError: row.lastError,
  createdAt: iso(row.createdAt),
});
