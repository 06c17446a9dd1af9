import { defineConfig } from 'vitest/config'

// Nothing that runs here reports to anybody.
process.env['ORT_DISABLE_TELEMETRY'] = '1'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{core,attacks,runtime,clouds,services,app,present,report,cli,bench}/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'conformance',
          include: ['test/{conformance,golden,attacks}/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        // Shares nothing with anybody, so that it need not wait for its turn.
        test: {
          name: 'terraform',
          include: ['test/integration/terraform-*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/{integration,e2e,chaos}/**/*.test.ts'],
          exclude: ['test/integration/terraform-*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          maxConcurrency: 2,
        },
      },
    ],
  },
})
