import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadConfig } from '#app/config/load.ts'
import { exportAdmitted } from '#services/encrypt/chain/admitted.ts'
import { deliverOnce, deliverUntil } from '#app/delivery.ts'
import { runEmbedded } from '#app/embedded.ts'
import type { Failure } from '#app/failures.ts'
import { openSigningSystem, type SigningSystem } from '#app/system.ts'
import { scoreByHash } from '#test/chaos/score-by-hash.ts'
import { startBigQuery, type BigQueryEmulator } from '#emulators/bigquery.ts'
import { until } from '../source/live-reading.ts'

const CONTRACT = `version: 1
features: { kind: text, field: text }
label: label
schema:
  type: object
  required: [text, label]
  properties: { text: { type: string }, label: { type: integer } }
`
let folder = ''
let bigquery: BigQueryEmulator
let system: SigningSystem
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'credence-delivery-'))
  bigquery = await startBigQuery({ datasets: ['p.training'] })
  await mkdir(path.join(folder, 'mail'))
  await writeFile(path.join(folder, 'mail.contract.yaml'), CONTRACT)
  const { endpoint, writeEndpoint } = bigquery
  const sink = {
    bigquery: { project: 'p', dataset: 'training', table: 'mail', sensitive: ['text'], endpoint, writeEndpoint },
  }
  const mail = { source: './mail', contract: './mail.contract.yaml', window: { records: 60 }, sink }
  const config = { version: 1, data: './data', emulator: true, workers: 1, datasets: { mail } }
  await writeFile(path.join(folder, 'credence.yaml'), JSON.stringify(config))
  system = await openSigningSystem(await loadConfig(path.join(folder, 'credence.yaml'), {}), { command: 'test' })
})
afterAll(async () => {
  await system[Symbol.asyncDispose]()
  await bigquery.close()
  await rm(folder, { recursive: true, force: true })
})

/** Another file of the dataset, through all stages; what could not be done. */
async function ingest(name: string): Promise<readonly Failure[]> {
  const lines = Array.from({ length: 120 }, (_, i) => JSON.stringify({ text: `${name} says ${i}`, label: i % 2 }))
  await writeFile(path.join(folder, 'mail', `${name}.jsonl`), `${lines.join('\n')}\n`)
  return runEmbedded(system, { score: scoreByHash })
}

async function exported(): Promise<string[]> {
  const ids: string[] = []
  const links = system.chain.links('mail')
  for await (const { id } of exportAdmitted('mail', { vault: system.vault, links })) ids.push(id)
  return ids.sort()
}

function standing(): string[] {
  const rows = bigquery.query('SELECT _credence_record AS id FROM `p.training.mail_current`') as { id: string }[]
  return rows.map(({ id }) => id).sort()
}

it('what a run admits is in the table at its end', async () => {
  expect(await ingest('one')).toEqual([])
  expect(standing()).toEqual(await exported())
  expect(standing().length).toBeGreaterThan(0)
  expect(bigquery.rows('p.training.mail').every(({ text }) => Buffer.isBuffer(text))).toBe(true)
})

it('a service follows the chain, alone', async () => {
  const stop = new AbortController()
  const following = ['a', 'b'].map((owner) => deliverUntil(system, 'mail', owner, stop.signal))
  await until(async () => (await deliverOnce(system, 'mail', 'c')) === null, 'one of them has the lease')
  // the run delivers nothing itself: the lease is taken
  expect(await ingest('two')).toEqual([])
  const wanted = await exported()
  await until(() => standing().length === wanted.length, 'the new rows are there')
  expect(standing()).toEqual(wanted)
  stop.abort()
  await Promise.all(following)
  expect(await deliverOnce(system, 'mail', 'c')).toBe(0)
})

it('what a service may not do is told, and done once it may', async () => {
  const told: string[] = []
  const quiet = system.events.on('delivery.held', ({ code }) => void told.push(code))
  bigquery.revoke('bigquery.tables.updateData')
  const stop = new AbortController()
  const following = deliverUntil(system, 'mail', 'a', stop.signal)
  await ingest('three')
  await until(() => told.includes('denied'), 'it is told')
  bigquery.clearFaults()
  const wanted = await exported()
  await until(() => standing().length === wanted.length, 'the new rows are there')
  stop.abort()
  await following
  quiet()
})
