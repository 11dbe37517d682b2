import type { EntityManager } from 'typeorm';
import { PolicyVersion } from '../../database/entities/index.ts';

export const newestPolicy = (manager: EntityManager, name: string): Promise<PolicyVersion | null> =>
  manager.findOne(PolicyVersion, { where: { name }, order: { version: 'DESC' } });

/** The newest version of each policy, by name. */
export const newestPolicies = (manager: EntityManager): Promise<PolicyVersion[]> =>
  manager
    .createQueryBuilder(PolicyVersion, 'policy')
    .distinctOn(['policy.name'])
    .orderBy({ 'policy.name': 'ASC', 'policy.version': 'DESC' })
    .getMany();
