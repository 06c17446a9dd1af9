import { fc, test as asked } from '@fast-check/vitest'
import { test as once } from 'vitest'

/** Properties are asked of the same values each time; CREDENCE_TEST_SEED asks them of others, CREDENCE_TEST_RUNS of more. */
const { CREDENCE_TEST_SEED: seed = '1', CREDENCE_TEST_RUNS: runs = '100' } = process.env
fc.configureGlobal({ seed: Number(seed), numRuns: Number(runs) })

/** `test.prop` asks a property; every other test runs once, where fast-check's own would run it as often as a property. */
const test = Object.assign(once.extend({}), { prop: asked.prop })

export { fc, test }
