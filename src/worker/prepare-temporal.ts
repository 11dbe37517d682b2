import { setTimeout as sleep } from 'node:timers/promises';
import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import type { Logger } from 'pino';
import { ATTRIBUTE_KEYS } from '../workflows/runtime/search-attributes.ts';

const TRY_AGAIN_MS = 1_000;

/** Temporal may come up after us, or be away for a while: the worker waits, and says so. */
export async function connectPatiently<T>(
  log: Logger,
  waiting: (cause: string) => void,
  connect: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      log.warn({ err: error }, 'Temporal cannot be reached; trying again');
      waiting(error instanceof Error ? error.message : String(error));
      await sleep(TRY_AGAIN_MS);
    }
  }
}

/** Registers the search attributes. A namespace that has them, or whose owner must add them, is left. */
export async function prepareNamespace(
  connection: NativeConnection,
  namespace: string,
  log: Logger,
): Promise<void> {
  const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
  const { operatorService } = connection;
  try {
    const known = await operatorService.listSearchAttributes({ namespace });
    const missing = Object.keys(ATTRIBUTE_KEYS).filter((name) => !known.customAttributes?.[name]);
    if (missing.length === 0) return;
    await operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, keyword])),
    });
  } catch (error) {
    log.warn(
      { err: error, attributes: Object.keys(ATTRIBUTE_KEYS) },
      'search attributes could not be registered; add them as Keyword in Temporal',
    );
  }
}
