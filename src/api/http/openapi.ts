import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** The document at /openapi.json, made from the schemas that validate; readable at /docs. */
export function serveDocs(app: NestFastifyApplication): void {
  const facts = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Gavel')
    .setDescription(
      'The back office of an auction house. Amounts are integers in minor units, times are UTC. ' +
        'Refusals are problem details (RFC 9457) with a stable `code`.',
    )
    .setVersion('1')
    .addBearerAuth()
    .build();
  const document = SwaggerModule.createDocument(app, facts);
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Gavel API',
  });
}
