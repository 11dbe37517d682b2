import { Module } from '@nestjs/common';
import { ErpDocumentsController } from './erp-documents.controller.ts';
import { ErpDocumentsService } from './erp-documents.service.ts';

@Module({ controllers: [ErpDocumentsController], providers: [ErpDocumentsService] })
export class ErpDocumentsModule {}
