import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    reporters: ['default', './test/tally.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/layers.test.ts', 'test/fuzz/**/*.test.ts'],
          exclude: ['src/sandbox/**'],
        },
      },
      {
        test: {
          name: 'program',
          include: ['src/sandbox/**/*.test.ts', 'test/program/**/*.test.ts'],
          globalSetup: 'test/build.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          // What holds whatever the transport, by the other one.
          name: 'program-api',
          include: [
            'absence',
            'app',
            'cleanup',
            'identity',
            'lease',
            'lifecycle',
            'names',
            'once',
            'ownership',
            'property',
            'role',
            'teleport-trouble',
            'webhooks',
          ].map((file) => `test/program/${file}.test.ts`),
          env: { TEST_TRANSPORT: 'api' },
          globalSetup: 'test/build.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'simulator',
          include: ['test/simulator/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'teleport',
          include: ['test/teleport/**/*.test.ts'],
          globalSetup: 'test/build.ts',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
