import { existsSync, readdirSync, readFileSync } from 'node:fs';
import {
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import * as workflows from '../../src/workflows/index.ts';
import { bundleOfWorkflows } from '../support/stage.ts';

const FOLDER = new URL('histories/', import.meta.url);
const files = existsSync(FOLDER) ? readdirSync(FOLDER).sort() : [];

// A failure here means that a workflow under way would break when this code is deployed. Guard the
// change with patched(); or, once no run of the old code is left, `npm run record-histories`.
describe('recorded histories still replay', () => {
  let workflowBundle: WorkflowBundleWithSourceMap;
  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    workflowBundle = await bundleOfWorkflows();
  });

  it.each(files)('%s', async (file) => {
    const history: unknown = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
    await Worker.runReplayHistory({ workflowBundle }, history);
  });

  it('would not, if a workflow took another path than it did', async () => {
    const text = readFileSync(
      new URL(
        files.find((file) => file.includes('.payment.'))!,
        FOLDER,
      ),
    );
    const changed = text.toString().replaceAll('"openOrder"', '"openAnotherOrder"');
    const replay = Worker.runReplayHistory({ workflowBundle }, JSON.parse(changed));
    await expect(replay).rejects.toThrow(/[Nn]ondeterminism/);
  });

  it('cover every workflow', () => {
    const lives = new Set(files.map((file) => /\.([A-Za-z]+)(-\d+)?\.json$/.exec(file)?.[1]));
    expect([...lives].sort()).toEqual(Object.keys(workflows).sort());
  });
});
