import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveFederation } from '#app/federate/serve.ts'
import { verifyFederation } from '#app/operations/federations.ts'
import type { RoundRow } from '#runtime/catalog/federation-rows.ts'
import { DIMENSION, enrolAll, FEDERATION, makeHome, namesOf, runClient, type Home } from './support/federation.ts'

/** What a federation says whose catalog or store was put back from an old copy, or lost something. */

const NAMES = namesOf(4)
const train = () => ({ update: new Float64Array(DIMENSION).fill(0.5), weight: 1 })
let home: Home
let rounds: readonly RoundRow[]
const data = (...path: string[]) => join(home.path, '.credence', ...path)
const copy = (name: string) => join(home.path, name)

/** The rounds up to that one, with all clients there. */
async function live(upTo: number): Promise<RoundRow[]> {
  const config = JSON.parse(await readFile(home.config, 'utf8')) as { federations: Record<string, object> }
  config.federations[FEDERATION] = { ...config.federations[FEDERATION], rounds: upTo }
  await writeFile(home.config, JSON.stringify(config))
  await using system = await home.open()
  const peers = await enrolAll(system, NAMES)
  const stop = new AbortController()
  const clients: Promise<unknown>[] = []
  try {
    await serveFederation(system, FEDERATION, {
      signal: stop.signal,
      onListening: (port) => clients.push(...NAMES.map((name) => runClient(name, port, peers, { train }, stop.signal))),
    })
  } finally {
    stop.abort()
    await Promise.all(clients)
  }
  return await system.catalog.federations.rounds(FEDERATION)
}

async function verified() {
  await using system = await home.open()
  return await verifyFederation(system, FEDERATION)
}

/** All as after two rounds, then `what` as it was after the first; without a copy, it is gone. */
async function putBack(what?: string, from?: 'one'): Promise<void> {
  await rm(data(), { recursive: true })
  await cp(copy('two'), data(), { recursive: true })
  if (what === undefined) return
  await rm(data(what), { recursive: true })
  if (from !== undefined) await cp(join(copy(from), what), data(what), { recursive: true })
}

beforeAll(async () => {
  home = await makeHome({ rounds: 1, minimum: 4 })
  await live(1)
  await cp(data(), copy('one'), { recursive: true })
  rounds = await live(2)
  await cp(data(), copy('two'), { recursive: true })
})
afterAll(() => home.remove())

describe('a federation is not continued', () => {
  test.each([
    ['an old copy of its catalog', 'catalog', 'one', { code: 'conflict', reason: 'catalog_behind' }],
    ['no catalog of before', 'catalog', undefined, { code: 'conflict', reason: 'catalog_behind' }],
    ['an old copy of its store', 'objects', 'one', { code: 'corrupt', reason: 'chain_truncated' }],
  ] as const)('over %s', async (_what, folder, from, refusal) => {
    await putBack(folder, from)
    await expect(live(3)).rejects.toMatchObject(refusal)
  })

  test.each([
    ['the model that it began with', 'clean/digits/round-00000000', 'missing_object'],
    ['the model of a round', 'clean/digits/round-00000001', 'missing_object'],
    ['the record of a round', 'scores/digits/round-00000002', 'missing_object'],
    ['a link', 'manifests/digits/00000002.json', 'gap'],
  ])('without %s, and is whole once that is back', async (_what, path, reason) => {
    await putBack()
    await rm(data('objects', path))
    await expect(live(2)).rejects.toMatchObject({ code: 'corrupt', reason })
    // what was refused has written nothing in its place
    await cp(join(copy('two'), 'objects', path), data('objects', path), { errorOnExist: true, force: false })
    const model = rounds[0]!.model
    expect(await verified()).toMatchObject({ rounds: 2, committed: 2, proven: 2, model, problems: [] })
  })

  test('without the records of its keys, and it is those that are said to be gone', async () => {
    await putBack()
    await rm(data('objects', 'keys', 'digits'), { recursive: true })
    await expect(live(2)).rejects.toMatchObject({ code: 'not_found', reason: 'key_records_gone' })
  })
})
