import { setTimeout as delay } from 'node:timers/promises'
import { loadConfig } from '#app/config/load.ts'
import { pruneMemories } from '#app/operations/kept-memories.ts'
import { openSigningSystem } from '#app/system.ts'
import { isAppError } from '#core/errors.ts'
import type { StepPoint } from '#runtime/process/steps.ts'

/** One life of a process that removes memories; it dies by SIGKILL at the n-th time that it passes a point, when told to: `pruning.ts <configuration> <dataset> [<point> <n>]`. */
const [path = '', dataset = '', fatal, nth = '1'] = process.argv.slice(2)
let passed = 0
const onStep = (point: StepPoint): void => {
  if (point === fatal && ++passed === Number(nth)) process.kill(process.pid, 'SIGKILL')
}
await using system = await openSigningSystem(await loadConfig(path, {}), { command: 'prune test', onStep })
for (;;) {
  try {
    await pruneMemories(system, dataset)
    break
  } catch (error) {
    // whoever was killed holds the lease until it lapses
    if (!isAppError(error) || error.reason !== 'lease_held') throw error
    await delay(1000)
  }
}
