import {
  defineSearchAttributeKey,
  SearchAttributeType,
  TypedSearchAttributes,
} from '@temporalio/common';
import type { WorkflowAttributes } from '../messages.ts';

/** What people search workflows by; registered with Temporal when the worker starts. */
export const ATTRIBUTE_KEYS = {
  GavelAuction: defineSearchAttributeKey('GavelAuction', SearchAttributeType.KEYWORD),
  GavelSeller: defineSearchAttributeKey('GavelSeller', SearchAttributeType.KEYWORD),
  GavelState: defineSearchAttributeKey('GavelState', SearchAttributeType.KEYWORD),
};

export const searchAttributes = (attributes: WorkflowAttributes): TypedSearchAttributes =>
  new TypedSearchAttributes(
    (['GavelAuction', 'GavelSeller'] as const).flatMap((name) => {
      const value = attributes[name];
      return value === undefined ? [] : [{ key: ATTRIBUTE_KEYS[name], value }];
    }),
  );
