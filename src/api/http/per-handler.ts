import type { ExecutionContext } from '@nestjs/common';

/**
 * What `read` finds on a handler and its class, read once for both together: decorators do not change,
 * and a request should not look them up anew.
 */
export function perHandler<T>(read: (context: ExecutionContext) => T): typeof read {
  const known = new Map<unknown, { readonly of: unknown; readonly found: T }>();
  return (context) => {
    const [handler, of] = [context.getHandler(), context.getClass()];
    const kept = known.get(handler);
    if (kept?.of === of) return kept.found;
    const found = read(context);
    known.set(handler, { of, found });
    return found;
  };
}
