import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { PolicyVersion } from '../../database/entities/index.ts';
import { newestPolicies } from '../../database/newest-policies.ts';
import { Policy } from '../../domain/policy.ts';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { notFound } from '../http/problem.ts';
import { iso, Moment } from '../http/schemas.ts';
import { SeenPolicy, seenPolicy } from './public-policy.ts';

const Name = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/);

const PolicyView = z
  .object({
    name: Name,
    version: z.int(),
    document: SeenPolicy,
    createdBy: z.string().optional().describe('for operators'),
    createdAt: Moment,
  })
  .meta({ id: 'PolicyVersion' });
const PolicyList = z.object({ items: z.array(PolicyView) }).meta({ id: 'PolicyList' });

@ApiTags('policies')
@Controller('v1/policies')
export class PoliciesController {
  constructor(private readonly database: DataSource) {}

  @Get()
  @Allow('operator', 'finance', 'seller', 'bidder')
  @ApiOperation({ summary: 'The newest version of each policy' })
  @ApiOkResponse({ standardSchema: PolicyList })
  list(@CurrentAccess() access: Access) {
    return this.seen(access, newestPolicies(this.database.manager));
  }

  @Get(':name')
  @Allow('operator', 'finance', 'seller', 'bidder')
  @ApiOperation({ summary: 'All versions of a policy, newest first' })
  @ApiOkResponse({ standardSchema: PolicyList })
  async get(@CurrentAccess() access: Access, @Param('name', { schema: Name }) name: string) {
    const versions = this.database.manager.find(PolicyVersion, {
      where: { name },
      order: { version: 'DESC' },
    });
    const seen = await this.seen(access, versions);
    if (seen.items.length === 0) throw notFound('policy', name);
    return seen;
  }

  /** A seller sees the terms of the own sales, although the policy may not be open any more. */
  private async seen(access: Access, found: Promise<PolicyVersion[]>) {
    const agreed = await this.database.query<{ name: string; version: number }[]>(
      `SELECT DISTINCT policy_name AS name, policy_version AS version
       FROM auction WHERE seller_id = $1`,
      [access.id],
    );
    const own = new Set(agreed.map(keyOf));
    return { items: (await found).map((each) => view(each, access, own.has(keyOf(each)))) };
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
    return view(await tx.findOneByOrFail(PolicyVersion, { name, version }), access);
  }
}

const keyOf = ({ name, version }: Pick<PolicyVersion, 'name' | 'version'>) => `${name} ${version}`;

const view = (
  { name, version, document, createdBy, createdAt }: PolicyVersion,
  access: Access,
  agreed = false,
) => ({
  name,
  version,
  document: seenPolicy(document, access, agreed),
  ...(access.seesAll && { createdBy }),
  createdAt: iso(createdAt),
});
