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
  const window = `/v1/windows/${row.window}`
  for (const about of ['manifest', 'map', `records/${row.index}/sample`]) await looked(person, `${window}/${about}`)
  await done(person, `${window}/replay`, { policy: { hold: { risk: 0.5 } } })
  await done(person, '/v1/opinions/requests', { q: `window:${row.window}`, most: 1 })
  await looked(person, '/v1/opinions/next')
  const letters = await looked(person, '/v1/dead-letters')
  await looked(person, `/v1/dead-letters/${letters.items[0].key}`)
  await done(person, '/v1/audit/verify', {})
  const isApplied = async (review: Json) => (await system.catalog.reviews.get(String(review?.id)))?.state === 'applied'
  const decision = { action: 'release', reason: 'test' }
  const made = await person.send('POST', `/v1/records/${row.key}/decisions`, decision, {
    'if-match': `"${row.etag}"`,
  })
  await until(() => isApplied(made.body.review), `the release is carried out (${made.status})`)
  await recallOne(person, dataset, row.window, isApplied)
}

/** An admitted record is looked at, recalled, and put back. */
async function recallOne(
  person: Visitor,
  dataset: string,
  window: string,
  isApplied: (review: Json) => Promise<boolean>,
): Promise<void> {
  const { ids, decision } = await looked(person, `/v1/windows/${window}/map`)
  const admitted = Buffer.from(decision, 'base64').indexOf(0)
  await looked(person, `/v1/windows/${window}/records/${admitted}/sample`)
  const at = `/v1/datasets/${dataset}/recalls`
  await done(person, `${at}/preview`, { records: [ids[admitted]] })
  const recall = await done(person, at, { records: [ids[admitted]], reason: 'test' })
  await until(() => isApplied(recall), 'the recall is carried out')
  const undone = await done(person, `/v1/reviews/${recall.id}/undo`, { reason: 'test' })
  await until(() => isApplied(undone), 'the recall is undone')
}

async function done(person: Visitor, path: string, asked: Json): Promise<Json> {
  const { status, body } = await person.send('POST', path, asked)
  if (status >= 300) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`)
  return body
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
