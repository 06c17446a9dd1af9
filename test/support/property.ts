import { fc, test } from '@fast-check/vitest'

/** Properties are asked of the same values each time; CREDENCE_TEST_SEED asks them of others, CREDENCE_TEST_RUNS of more. */
const { CREDENCE_TEST_SEED: seed = '1', CREDENCE_TEST_RUNS: runs = '100' } = process.env
fc.configureGlobal({ seed: Number(seed), numRuns: Number(runs) })

export { fc, test }
