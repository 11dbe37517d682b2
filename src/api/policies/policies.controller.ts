import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { PolicyVersion } from '../../database/entities/index.ts';
import { Policy } from '../../domain/policy.ts';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { notFound } from '../http/problem.ts';
import { iso, Moment } from '../http/schemas.ts';

const Name = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/);

const PolicyView = z
  .object({
    name: Name,
    version: z.int(),
    document: Policy,
    createdBy: z.string(),
    createdAt: Moment,
  })
  .meta({ id: 'PolicyVersion' });
const PolicyList = z.object({ items: z.array(PolicyView) }).meta({ id: 'PolicyList' });

@ApiTags('policies')
@Controller('v1/policies')
export class PoliciesController {
  constructor(private readonly database: DataSource) {}

  @Get()
  @Allow('operator', 'finance', 'seller')
  @ApiOperation({ summary: 'The newest version of each policy' })
  @ApiOkResponse({ standardSchema: PolicyList })
  async list() {
    const newest = await this.database.manager
      .createQueryBuilder(PolicyVersion, 'policy')
      .distinctOn(['policy.name'])
      .orderBy({ 'policy.name': 'ASC', 'policy.version': 'DESC' })
      .getMany();
    return { items: newest.map(view) };
  }

  @Get(':name')
  @Allow('operator', 'finance', 'seller')
  @ApiOperation({ summary: 'All versions of a policy, newest first' })
  @ApiOkResponse({ standardSchema: PolicyList })
  async get(@Param('name', { schema: Name }) name: string) {
    const versions = await this.database.manager.find(PolicyVersion, {
      where: { name },
      order: { version: 'DESC' },
    });
    if (versions.length === 0) throw notFound('policy', name);
    return { items: versions.map(view) };
  }

  @Post(':name')
  @Command('operator')
  @ApiOperation({ summary: 'Adds a version; auctions under way keep the one they have' })
  @ApiOkResponse({ standardSchema: PolicyView })
  async write(
    @InChange() { tx }: Change,
    @CurrentAccess() access: Access,
    @Param('name', { schema: Name }) name: string,
    @Body({ schema: Policy }) document: Policy,
  ) {
    // Two operators at once: one waits, and both versions are kept.
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`policy:${name}`]);
    const newest = await tx.maximum(PolicyVersion, 'version', { name });
    const version = (newest ?? 0) + 1;
    await tx.insert(PolicyVersion, { name, version, document, createdBy: access.id });
    return view(await tx.findOneByOrFail(PolicyVersion, { name, version }));
  }
}

const view = ({ name, version, document, createdBy, createdAt }: PolicyVersion) => ({
  name,
  version,
  document,
  createdBy,
  createdAt: iso(createdAt),
});
