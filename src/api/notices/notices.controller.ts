import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { Notice } from '../../database/entities/index.ts';
import { OPERATORS } from '../../database/notices.ts';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { pageOfRows } from '../http/page.ts';
import { Id, iso, Moment, pageOf, PageQuery } from '../http/schemas.ts';

const NoticeView = z
  .object({ id: Id, kind: z.string(), subjectId: z.string(), text: z.string(), createdAt: Moment })
  .meta({ id: 'Notice' });
const NoticePage = pageOf(NoticeView, 'NoticePage');

@ApiTags('notices')
@Controller('v1/notices')
export class NoticesController {
  constructor(private readonly database: DataSource) {}

  @Get()
  @Allow('operator', 'seller', 'bidder')
  @ApiOperation({
    summary: 'What the caller should hear of, newest first; operators read their own box',
  })
  @ApiOkResponse({ standardSchema: NoticePage })
  list(
    @CurrentAccess() access: Access,
    @Query({ schema: PageQuery }) query: z.infer<typeof PageQuery>,
  ) {
    const own = access.roles.includes('bidder') || access.roles.includes('seller');
    const recipients = [...(access.seesAll ? [OPERATORS] : []), ...(own ? [access.id] : [])];
    return pageOfRows(
      this.database.manager,
      Notice,
      recipients.map((recipientId) => ({ recipientId })),
      query,
      view,
    );
  }
}

const view = ({ id, kind, subjectId, text, createdAt }: Notice) => ({
  id,
  kind,
  subjectId,
  text,
  createdAt: iso(createdAt),
});
