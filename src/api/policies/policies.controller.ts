import { Body, Controller, Get, Headers, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { PolicyVersion } from '../../database/entities/index.ts';
import { newestPolicies } from '../../services/policy/newest-policies.ts';
import { Policy } from '../../domain/policy/policy.ts';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { merged } from '../http/edits/changes.ts';
import { ApiIfMatch, mustMatch, Tagged } from '../http/edits/etag.ts';
import { lockThing } from '../http/edits/lock.ts';
import { notFound } from '../http/problem.ts';
import { checked } from '../http/validation.ts';
import {
  etagOfPolicy,
  Name,
  PolicyList,
  PolicyView,
  viewPolicy,
  WritePolicy,
} from './policies.schemas.ts';

@ApiTags('policies')
@Controller('v1/policies')
@Tagged(etagOfPolicy)
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
    return { items: (await found).map((each) => viewPolicy(each, access, own.has(keyOf(each)))) };
  }

  @Post(':name')
  @Command('operator')
  @ApiOperation({ summary: 'Adds a version; auctions under way keep the one they have' })
  @ApiIfMatch()
  @ApiOkResponse({ standardSchema: PolicyView })
  async write(
    @InChange() { tx }: Change,
    @CurrentAccess() access: Access,
    @Param('name', { schema: Name }) name: string,
    @Body({ schema: WritePolicy }) wanted: z.infer<typeof WritePolicy>,
    @Headers('if-match') ifMatch: string | undefined,
  ) {
    await lockThing(tx, 'policy', name);
    const newest = await tx.findOne(PolicyVersion, { where: { name }, order: { version: 'DESC' } });
    mustMatch(ifMatch, newest ? etagOfPolicy(newest) : undefined);
    const document = checked(Policy, merged(Policy.shape, newest?.document, wanted));
    const version = (newest?.version ?? 0) + 1;
    await tx.insert(PolicyVersion, { name, version, document, createdBy: access.id });
    return viewPolicy(await tx.findOneByOrFail(PolicyVersion, { name, version }), access);
  }
}

const keyOf = ({ name, version }: Pick<PolicyVersion, 'name' | 'version'>) => `${name} ${version}`;
