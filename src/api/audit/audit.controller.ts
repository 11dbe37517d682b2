import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource, MoreThan } from 'typeorm';
import { Transition } from '../../database/entities/index.ts';
import { Allow } from '../http/access.ts';
import { given } from '../http/page.ts';
import { AuditPage, AuditQuery, viewTransition } from './audit.schemas.ts';

@ApiTags('audit')
@Controller('v1/audit')
export class AuditController {
  constructor(private readonly database: DataSource) {}

  @Get()
  @Allow('operator', 'finance')
  @ApiOperation({
    summary:
      'Every change of a state or an edited row: who, why, in the course of what; oldest first',
  })
  @ApiOkResponse({ standardSchema: AuditPage })
  async list(@Query({ schema: AuditQuery }) { limit, after, ...filters }: AuditQuery) {
    const rows = await this.database.manager.find(Transition, {
      where: { ...given(filters), id: MoreThan(after) },
      order: { id: 'ASC' },
      take: limit + 1,
    });
    const items = rows.slice(0, limit).map(viewTransition);
    return { items, next: rows.length > limit ? String(items.at(-1)!.id) : null };
  }
}
