import { serveFederation } from '#app/federate/serve.ts'
import { verifyFederation } from '#app/operations/federations.ts'
import type { SigningSystem } from '#app/system.ts'
import { startConsole } from '#console/server/start.ts'
import { until } from '#test/conformance/source/live-reading.ts'
import { DIMENSION, enrolAll, FEDERATION, namesOf, runClient } from '#test/federate/support/federation.ts'
import { visit, type Json, type Visitor } from '#test/support/console/desk.ts'

/** Somebody looks at everything that the console shows, and releases a record, which the console carries out at once. */
export async function workAtConsole(system: SigningSystem, dataset: string): Promise<void> {
  await using console = await startConsole(system, { host: '127.0.0.1', port: 0 })
  const person = await visit(console.origin, console.link())
  const { items } = await looked(person, `/v1/records?q=${encodeURIComponent(`dataset:${dataset}`)}`)
  // what the sweeper released is listed as well
  const row = items.find(({ standing }: Json) => standing === 'quarantined')
  for (const about of ['', '/sample', '/neighbours', '/explanation', '/history'])
    await looked(person, `/v1/records/${row.key}${about}`)
  for (const about of ['manifest', 'map']) await looked(person, `/v1/windows/${row.window}/${about}`)
  const letters = await looked(person, '/v1/dead-letters')
  await looked(person, `/v1/dead-letters/${letters.items[0].key}`)
  const verified = await person.send('POST', '/v1/audit/verify', {})
  if (verified.status !== 200) throw new Error(`the log was not verified: ${JSON.stringify(verified.body)}`)
  const decision = { action: 'release', reason: 'test' }
  const made = await person.send('POST', `/v1/records/${row.key}/decisions`, decision, {
    'if-match': `"${row.etag}"`,
  })
  const id = String(made.body.review?.id)
  const applied = async () => (await system.catalog.reviews.get(id))?.state === 'applied'
  await until(applied, `the release is carried out (${made.status})`)
}

async function looked(person: Visitor, path: string): Promise<Json> {
  const { status, body } = await person.get(path)
  if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`)
  return body
}

/** A round of a federation with three clients, to its end, and all of it verified. */
export async function runRound(system: SigningSystem): Promise<void> {
  const names = namesOf(3)
  const peers = await enrolAll(system, names)
  const stop = new AbortController()
  const clients: Promise<unknown>[] = []
  await serveFederation(system, FEDERATION, {
    signal: stop.signal,
    onListening(port) {
      const train = () => ({ update: new Float64Array(DIMENSION).fill(1), weight: 1 })
      clients.push(...names.map((name) => runClient(name, port, peers, { train }, stop.signal)))
    },
  })
  stop.abort()
  await Promise.all(clients)
  const { committed, problems } = await verifyFederation(system, FEDERATION)
  if (committed !== 1 || problems.length > 0) throw new Error(`no round was committed: ${JSON.stringify(problems)}`)
}
