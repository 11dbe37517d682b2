import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { UnreadLineRow } from '../../database/entities/index.ts';
import { UNREAD_SOURCES, type UnreadSource } from '../../domain/reconciliation/unread.ts';
import { Allow } from '../http/access.ts';
import { given, pageOfRows } from '../http/page.ts';
import { Id, iso, Moment, pageOf, PageQuery } from '../http/schemas.ts';

const Source = z.enum(Object.keys(UNREAD_SOURCES) as [UnreadSource, ...UnreadSource[]]);

const UnreadLine = z
  .object({
    id: Id,
    source: Source.describe('whose list it is in'),
    reason: z.string().describe('why it cannot be read'),
    raw: z.string().describe('the line as it came, cut at 64 KiB'),
    firstSeenAt: Moment,
    lastSeenAt: Moment,
  })
  .meta({ id: 'UnreadLine' });
const UnreadLinePage = pageOf(UnreadLine, 'UnreadLinePage');

const UnreadLineQuery = PageQuery.extend({ source: Source.optional() });

@ApiTags('reconciliation')
@Controller('v1/reconciliation/unread-lines')
export class UnreadLinesController {
  constructor(private readonly database: DataSource) {}

  @Get()
  @Allow('finance', 'operator')
  @ApiOperation({
    summary: 'Lines of PayPal and the ERP that cannot be read; one goes when it can be',
  })
  @ApiOkResponse({ standardSchema: UnreadLinePage })
  list(@Query({ schema: UnreadLineQuery }) query: z.infer<typeof UnreadLineQuery>) {
    const { limit, after, ...filters } = query;
    const page = { limit, after };
    return pageOfRows(this.database.manager, UnreadLineRow, given(filters), page, view);
  }
}

const view = (row: UnreadLineRow): z.infer<typeof UnreadLine> => ({
  id: row.id,
  source: row.source,
  reason: row.reason,
  raw: row.raw,
  firstSeenAt: iso(row.firstSeenAt),
  lastSeenAt: iso(row.lastSeenAt),
});
