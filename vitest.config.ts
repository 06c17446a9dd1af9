import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Nothing that runs here reports to anybody.
process.env['ORT_DISABLE_TELEMETRY'] = '1'

/**
 * Far above what any test takes: it ends a test that hangs, and decides nothing else. A test on a machine that runs ten other
 * things takes ten times as long.
 */
const testTimeout = 300_000
const limits = { testTimeout, hookTimeout: testTimeout, teardownTimeout: 60_000 }

/** Beside the code, but seconds each: whole folders of files, disks, training. `npm test` runs them, `npm run check` does not. */
const LONG = [
  'attacks/*.test.ts',
  'runtime/catalog/pglite.test.ts',
  'runtime/process/{data-lock,traces}.test.ts',
  'services/encrypt/pipeline.test.ts',
  'services/encrypt/rekey/reencrypt.test.ts',
  'services/encrypt/sinks/deliver.test.ts',
  'services/federate/privacy/accountant.test.ts',
  'services/federate/secure/{odd,round}.test.ts',
  'services/ingest/{follow,pipeline,redrive}.test.ts',
  'services/ingest/formats/formats.test.ts',
  'services/ingest/messages/unpack.test.ts',
  'services/ingest/sources/files/read-records.test.ts',
  'services/scan/{rare-labels,scan-window,small-windows,unlabelled}.test.ts',
  'services/scan/detectors/{triggers,lift/coordinates,lift/vouched}.test.ts',
  'services/scan/verdict/spare{,-exchanges}.test.ts',
  'services/scan/worker/pool.test.ts',
]
const BESIDE_CODE = '{core,attacks,runtime,clouds,services,app,present,report,console,cli,bench}/**/*.test.ts'

/** What `npm test` leaves to `npm run test:all`: minutes each, or of no use without programs that npm does not install. */
const TERRAFORM = 'test/integration/{terraform,deploy}-*.test.ts'
const HEAVY = [
  'test/chaos/**/*.test.ts',
  'test/e2e/{cases,demo,examples,package,playbook}.test.ts',
  'test/integration/benches.test.ts',
]
/** What stands on a program that npm does not install: skipped, with what to install, where it is missing. */
const SERVICES = [
  'test/conformance/catalog/{postgres,roles,signing-in}.test.ts',
  'test/conformance/queue/bullmq*.test.ts',
  'test/console/{certificates,evidence,focus,fuzz,hostile,operating,pages,pages-of-records,pages-of-work,service}.test.ts',
  'test/e2e/{report,verify-in-browser}.test.ts',
  'test/federate/{browser,flower,languages,mlflow,owners,tls}.test.ts',
  'test/golden/federate/round.test.ts',
  'test/golden/python-{reader,training}.test.ts',
  'test/golden/python-sdk.test.ts',
]
const CONFORMANCE = ['test/conformance/**/*.test.ts', 'test/golden/**/*.test.ts', 'test/fuzz/**/*.test.ts']
const INDEPENDENT = 'test/conformance/independent/**/*.test.ts'

const OWN_NAME = ['verify', 'detect', 'federate', 'testing', ''].map((part) => ({
  find: new RegExp(`^credence${part && `/${part}`}$`),
  replacement: fileURLToPath(new URL(`./${part || 'index'}.ts`, import.meta.url)),
}))

export default defineConfig({
  test: {
    // Every core: what is left over otherwise is half the machine where there are two.
    maxWorkers: '100%',
    globalSetup: 'test/support/temporary.ts',
    projects: [
      {
        test: {
          name: 'unit',
          include: [BESIDE_CODE, 'test/*.test.ts'],
          exclude: LONG,
          // What a file needs is read once for all of them: that takes longer than the tests do.
          isolate: false,
          ...limits,
        },
      },
      { test: { name: 'long', include: LONG, ...limits } },
      {
        // Examples import the package as its users do.
        resolve: { alias: OWN_NAME },
        test: {
          name: 'conformance',
          include: CONFORMANCE,
          exclude: [INDEPENDENT, ...SERVICES],
          ...limits,
        },
      },
      {
        test: {
          name: 'integration',
          // Whatever has no other place, so that no test is forgotten.
          include: ['test/*/**/*.test.ts'],
          exclude: [...CONFORMANCE, TERRAFORM, ...HEAVY, ...SERVICES],
          ...limits,
        },
      },
      { test: { name: 'services', include: SERVICES, ...limits } },
      { test: { name: 'independent', include: [INDEPENDENT], ...limits } },
      // Shares nothing with anybody, so that it need not wait for its turn.
      { test: { name: 'terraform', include: [TERRAFORM], ...limits } },
      {
        test: {
          name: 'heavy',
          include: HEAVY,
          maxConcurrency: 2,
          ...limits,
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
        },
      },
    ],
  },
})
