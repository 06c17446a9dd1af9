import { flushCompileCache } from 'node:module'
import { FEDERATION } from './federation.ts'
import { serveFederation } from '#app/federate/serve.ts'
import { loadConfig } from '#app/config/load.ts'
import { openSigningSystem } from '#app/system.ts'
import type { StepPoint } from '#runtime/process/steps.ts'

/**
 * One life of an aggregator, for the crash test: says its port, and dies by SIGKILL at the n-th time that it passes a step's point, when told to:
 * `aggregator.ts <configuration> [<point> <n>]`.
 */
const [path = '', fatal, nth = '1'] = process.argv.slice(2)
let passed = 0

function onStep(point: StepPoint): void {
  if (point === fatal && ++passed === Number(nth)) process.kill(process.pid, 'SIGKILL')
}

await using system = await openSigningSystem(await loadConfig(path, {}), { command: 'crash test', onStep })
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
await serveFederation(system, FEDERATION, {
  signal: stop.signal,
  onListening: () => {
    // a life that is killed keeps nothing for the next one
    flushCompileCache()
    process.stdout.write('listening\n')
  },
})
