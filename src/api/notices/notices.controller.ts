import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource, IsNull, Not, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { z } from 'zod';
import { Notice } from '../../database/entities/index.ts';
import { databaseNow } from '../../database/clock.ts';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { pageOfRows } from '../http/page.ts';
import { notFound } from '../http/problem.ts';
import { Id, iso, isoOrNull, Moment, pageOf, PageQuery, Words } from '../http/schemas.ts';
import { isOperator } from '../http/views/views.ts';

const NoticeView = z
  .object({
    id: Id,
    box: z.enum(['own', 'operators', 'finance']).describe('the own, or one that people share'),
    kind: z.string(),
    subjectId: z.string(),
    text: z.string(),
    createdAt: Moment,
    closedAt: Moment.nullable(),
    closedBy: z
      .string()
      .nullable()
      .describe('who closed it; null: it is open, or what it was about is over'),
    closeReason: z.string().nullable(),
  })
  .meta({ id: 'Notice' });
type NoticeView = z.infer<typeof NoticeView>;
const NoticePage = pageOf(NoticeView, 'NoticePage');

const NoticeQuery = PageQuery.extend({ state: z.enum(['open', 'closed', 'all']).default('open') });

const CloseNotice = z
  .object({ reason: Words(500).optional().describe('for those who share the box') })
  .meta({ id: 'CloseNotice' });

@ApiTags('notices')
@Controller('v1/notices')
export class NoticesController {
  constructor(private readonly database: DataSource) {}

  @Get()
  @Allow('operator', 'finance', 'seller', 'bidder')
  @ApiOperation({
    summary: 'What the caller should hear of, newest first; operators and finance share boxes',
  })
  @ApiOkResponse({ standardSchema: NoticePage })
  list(
    @CurrentAccess() access: Access,
    @Query({ schema: NoticeQuery }) { state, ...page }: z.infer<typeof NoticeQuery>,
  ) {
    const where = boxesOf(access).map((box) => ({ ...box, ...IN_STATE[state] }));
    return pageOfRows(this.database.manager, Notice, where, page, view);
  }

  @Post(':id/close')
  @Command('operator', 'finance', 'seller', 'bidder')
  @ApiOperation({ summary: 'Says that a notice is dealt with; who closes it first is kept' })
  @ApiOkResponse({ standardSchema: NoticeView })
  async close(
    @InChange() { tx }: Change,
    @CurrentAccess() access: Access,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: CloseNotice }) { reason }: z.infer<typeof CloseNotice>,
  ): Promise<NoticeView> {
    await mustRead(tx, access, id);
    const closed = { closedBy: access.id, closeReason: reason ?? null };
    await tx.update(
      Notice,
      { id, closedAt: IsNull() },
      { ...closed, closedAt: await databaseNow(tx) },
    );
    return view(await tx.findOneByOrFail(Notice, { id }));
  }
}

const IN_STATE = {
  open: { closedAt: IsNull() },
  closed: { closedAt: Not(IsNull()) },
  all: {},
} as const;

/** The caller's own, and those of the caller's roles. */
function boxesOf(access: Access): FindOptionsWhere<Notice>[] {
  const isFinance = access.roles.includes('finance') || access.roles.includes('admin');
  return [
    { recipientKind: 'person', recipientId: access.id },
    ...(isOperator(access) ? [{ recipientKind: 'operators' as const }] : []),
    ...(isFinance ? [{ recipientKind: 'finance' as const }] : []),
  ];
}

async function mustRead(tx: EntityManager, access: Access, id: string): Promise<void> {
  const where = boxesOf(access).map((box) => ({ ...box, id }));
  if (!(await tx.existsBy(Notice, where))) throw notFound('notice', id);
}

const view = (notice: Notice): NoticeView => ({
  id: notice.id,
  box: notice.recipientKind === 'person' ? 'own' : notice.recipientKind,
  kind: notice.kind,
  subjectId: notice.subjectId,
  text: notice.text,
  createdAt: iso(notice.createdAt),
  closedAt: isoOrNull(notice.closedAt),
  closedBy: notice.closedBy,
  closeReason: notice.closeReason,
});
