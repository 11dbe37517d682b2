import { Body, Controller, Get, Headers, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Allow } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { ApiIfMatch, Tagged } from '../http/edits/etag.ts';
import { Id, Reason } from '../http/schemas.ts';
import {
  CorrectDocument,
  ErpDocumentPage,
  ErpDocumentQuery,
  ErpDocumentView,
} from './erp-documents.schemas.ts';
import { ErpDocumentsService, etagOfRevision } from './erp-documents.service.ts';

@ApiTags('erp documents')
@Controller('v1/erp-documents')
@Tagged(etagOfRevision)
export class ErpDocumentsController {
  constructor(private readonly documents: ErpDocumentsService) {}

  @Get()
  @Allow('operator', 'finance')
  @ApiOperation({ summary: 'Documents for the ERP, newest first' })
  @ApiOkResponse({ standardSchema: ErpDocumentPage })
  list(@Query({ schema: ErpDocumentQuery }) query: ErpDocumentQuery) {
    return this.documents.list(query);
  }

  @Get(':id')
  @Allow('operator', 'finance')
  @ApiOperation({ summary: 'A document for the ERP, with the ETag that a correction needs' })
  @ApiOkResponse({ standardSchema: ErpDocumentView })
  get(@Param('id', { schema: Id }) id: string) {
    return this.documents.get(id);
  }

  @Post(':id/correct')
  @Command('operator', 'finance')
  @ApiOperation({ summary: 'Corrects a rejected document and sends it again' })
  @ApiIfMatch()
  @ApiOkResponse({ standardSchema: ErpDocumentView })
  correct(
    @InChange() change: Change,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: CorrectDocument }) body: CorrectDocument,
    @Headers('if-match') ifMatch: string | undefined,
  ) {
    return this.documents.correct(change, id, body, ifMatch);
  }

  @Post(':id/send-again')
  @Command('operator', 'finance')
  @ApiOperation({ summary: 'Sends a rejected or dead document again as it is' })
  @ApiOkResponse({ standardSchema: ErpDocumentView })
  sendAgain(
    @InChange() change: Change,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Reason }) { reason }: z.infer<typeof Reason>,
  ) {
    return this.documents.sendAgain(change, id, reason);
  }
}
