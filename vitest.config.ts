import { defineConfig } from 'vitest/config';

// NestJS injects by type, so decorators must keep their metadata in tests as they do in the build.
const oxc = { decorator: { legacy: true, emitDecoratorMetadata: true } };

export default defineConfig({
  test: {
    projects: [
      {
        oxc,
        test: { name: 'unit', include: ['{src,simulators,cli}/**/*.spec.ts'] },
      },
      {
        oxc,
        test: {
          name: 'integration',
          include: ['test/{integration,workflows,replay}/**/*.spec.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
