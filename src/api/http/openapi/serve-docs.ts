import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { describeRefusals } from './describe-refusals.ts';
import { documented } from './schemas.ts';

/** The document at /openapi.json, made from the schemas that validate; readable at /docs. */
export function serveDocs(app: NestFastifyApplication): void {
  const facts = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Gavel')
    .setDescription(
      'The back office of an auction house. Amounts are integers in minor units (1999 is 19.99), times are UTC (2026-11-30T18:00:00Z), ' +
        'durations ISO 8601 (PT90S), shares basis points (1500 is 15 %). What a request names that is ' +
        'not known is refused. ' +
        'Refusals are problem details (RFC 9457) with a stable `code`.',
    )
    .setVersion('1')
    .addBearerAuth()
    .build();
  const document = SwaggerModule.createDocument(app, facts, {
    standardSchemaConverter: documented,
  });
  describeRefusals(document);
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Gavel API',
  });
}
