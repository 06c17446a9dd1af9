import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadConfig } from '#app/config/load.ts'
import { serveFederation } from '#app/federate/serve.ts'
import { openSigningSystem } from '#app/system.ts'
import { DIMENSION, enrolAll, FEDERATION, namesOf, runClient } from '#test/federate/support/federation.ts'

/** `federation/` beside the pipeline: two rounds of eight clients, one of which pulls the other way. */
export async function withFederation(home: string): Promise<void> {
  const folder = join(home, 'federation')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'model.f64'), new Uint8Array(8 * DIMENSION))
  const digits = {
    model: './model.f64',
    gatherSeconds: 0.2,
    listen: { port: 0 },
    rounds: 2,
    minimum: 6,
    aggregate: 'judged',
  }
  const config = join(folder, 'credence.yaml')
  await writeFile(config, JSON.stringify({ version: 1, datasets: {}, federations: { [FEDERATION]: digits } }))
  await using system = await openSigningSystem(await loadConfig(config, {}), { command: 'sandbox' })
  const names = namesOf(8)
  const peers = await enrolAll(system, names)
  const stop = new AbortController()
  const clients: Promise<unknown>[] = []
  await serveFederation(system, FEDERATION, {
    signal: stop.signal,
    onListening: (port) => {
      for (const [i, name] of names.entries()) {
        const update = Float64Array.from({ length: DIMENSION }, (_, k) => 1 + Math.sin(i * 7 + k) / 4)
        const sent = i === 3 ? update.map((value) => -9 * value) : update
        const train = () => ({ update: sent, weight: 1 })
        clients.push(runClient(name, port, peers, { train }, stop.signal))
      }
    },
  })
  stop.abort()
  await Promise.all(clients)
}
