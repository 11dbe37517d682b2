import { Body, Controller, Get, Param, Post, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { Allow } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { Id } from '../http/schemas.ts';
import {
  ReportList,
  ReportName,
  ReportRunPage,
  ReportRunQuery,
  ReportRunView,
  RunReport,
} from './reports.schemas.ts';
import { ReportsService } from './reports.service.ts';

@ApiTags('reports')
@Controller('v1')
export class ReportsController {
  constructor(private readonly reports: ReportsService) {}

  @Get('reports')
  @Allow('finance', 'operator')
  @ApiOperation({ summary: 'The reports that there are, with their parameters and columns' })
  @ApiOkResponse({ standardSchema: ReportList })
  list() {
    return this.reports.list();
  }

  @Post('reports/:name/runs')
  @Command('finance', 'operator')
  @ApiOperation({ summary: 'Runs a report now and stores it in Blob storage' })
  @ApiOkResponse({ standardSchema: ReportRunView })
  run(
    @InChange() change: Change,
    @Param('name', { schema: ReportName }) name: string,
    @Body({ schema: RunReport }) { parameters }: RunReport,
  ) {
    return this.reports.run(change, name, parameters);
  }

  @Get('report-runs')
  @Allow('finance', 'operator')
  @ApiOperation({ summary: 'Runs of reports, newest first' })
  @ApiOkResponse({ standardSchema: ReportRunPage })
  listRuns(@Query({ schema: ReportRunQuery }) query: ReportRunQuery) {
    return this.reports.listRuns(query);
  }

  @Get('report-runs/:id')
  @Allow('finance', 'operator')
  @ApiOperation({ summary: 'A run of a report: whether it is stored, and what to compare it with' })
  @ApiOkResponse({ standardSchema: ReportRunView })
  getRun(@Param('id', { schema: Id }) id: string) {
    return this.reports.getRun(id);
  }

  @Get('report-runs/:id/content')
  @Allow('finance', 'operator')
  @ApiOperation({ summary: 'The stored report as CSV' })
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  async content(@Param('id', { schema: Id }) id: string): Promise<StreamableFile> {
    const { name, stream } = await this.reports.content(id);
    return new StreamableFile(stream, {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="${name}"`,
    });
  }
}
