import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { contractSchema } from '#core/contract.ts'
import { AppError } from '#core/errors.ts'
import { decodeRecords } from '#core/record-codec.ts'
import type { Vault } from '#core/vault.ts'
import type { Catalog } from '#runtime/catalog/catalog.ts'
import { openCatalog } from '#runtime/catalog/create-catalog.ts'
import { openPglite } from '#runtime/catalog/pglite.ts'
import { createEvents, type AppEvent } from '#runtime/process/events.ts'
import { LiveStream } from '#test/support/fakes/live-stream.ts'
import { createMemoryVault, type MemoryVault } from '#test/support/fakes/memory-vault.ts'
import { followDataset, type FollowOptions } from './follow.ts'

const contract = contractSchema.parse({
  version: 1,
  schema: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
  features: { kind: 'table', columns: [{ name: 'n', type: 'number' }] },
})
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `{"n":${from + i}}`)

describe('followDataset', () => {
  let catalog: Catalog
  let vault: MemoryVault
  let stream: LiveStream
  let running: { stop: AbortController; ended: Promise<void> }[]
  let events: AppEvent[]

  beforeEach(async () => {
    catalog = await openCatalog(await openPglite(), { actor: 'test' })
    vault = createMemoryVault()
    stream = new LiveStream()
    running = []
    events = []
  })
  afterEach(async () => {
    for (const { stop } of running) stop.abort()
    await Promise.all(running.map(({ ended }) => ended))
    await catalog.close()
  })

  function follow(owner: string, over: Partial<Vault> = {}, more: Partial<FollowOptions> = {}) {
    const stop = new AbortController()
    const told = createEvents()
    told.onAny((event) => events.push(event))
    const ended = followDataset({
      dataset: 'numbers',
      source: stream.source('numbers'),
      contract,
      contractHash: 'c'.repeat(64),
      catalog,
      vault: { ...vault, ...over },
      enqueue: async () => {},
      limits: { records: 10, bytes: 1e6, seconds: 0.2 },
      owner,
      leaseSeconds: 2,
      tickSeconds: 0.05,
      retry: { attempts: Number.POSITIVE_INFINITY, firstDelayMs: 10, longestDelayMs: 100 },
      events: told,
      signal: stop.signal,
      ...more,
    })
    const one = { stop, ended }
    running.push(one)
    return one
  }

  /** Every number staged so far, in the order of the windows. */
  async function staged(): Promise<number[]> {
    const all: number[] = []
    for (const { id, staged, contract: sha256 } of await catalog.windows.list({ dataset: 'numbers' })) {
      const context = { dataset: 'numbers', window: id, contract: sha256, codec: 'jsonl+zstd' } as const
      all.push(...decodeRecords(await vault.open(staged.path, context)).map(({ fields }) => Number(fields['n'])))
    }
    return all
  }
  const holders = async () => (await catalog.sources.leases('numbers')).map(({ owner }) => owner ?? '').sort()

  test('ends a window that is not full for its age', async () => {
    stream.open('s')
    stream.append('s', ...numbers(0, 13))
    follow('one')
    await until(async () => (await staged()).length === 13)
    expect((await catalog.windows.list({})).map(({ records }) => records)).toEqual([10, 3])
    await until(() => stream.acknowledged.get('s') === '12')
  })

  test('shares the shards with whoever comes, and takes over what is left', async () => {
    for (const shard of ['a', 'b', 'c', 'd']) stream.open(shard)
    const first = follow('one')
    await until(async () => (await holders()).join() === 'one,one,one,one')
    follow('two')
    await until(async () => (await holders()).join() === 'one,one,two,two')
    for (const [i, shard] of ['a', 'b', 'c', 'd'].entries()) stream.append(shard, ...numbers(i * 100, i * 100 + 25))
    first.stop.abort()
    await first.ended
    await until(async () => (await holders()).join() === 'two,two,two,two')
    await until(async () => (await staged()).length === 100)
    expect(new Set(await staged()).size).toBe(100)
  })

  test('reads the parts of a split shard after the whole of it', async () => {
    stream.open('parent')
    stream.open('left', ['parent'])
    stream.open('right', ['parent'])
    stream.append('left', ...numbers(100, 105))
    stream.append('right', ...numbers(200, 205))
    stream.append('parent', ...numbers(0, 15))
    follow('one')
    await until(async () => (await staged()).length === 15)
    stream.end('parent')
    await until(async () => (await staged()).length === 25)
    expect((await staged()).slice(0, 15)).toEqual(Array.from({ length: 15 }, (_, i) => i))
    expect(await catalog.sources.leases('numbers')).toContainEqual({ shard: 'parent', owner: null, finished: true })
  })

  test('stages what it has read when it is to drain, and reads on there the next time', async () => {
    stream.open('s')
    stream.append('s', ...numbers(0, 13))
    const drain = new AbortController()
    const one = follow('one', {}, { drain: drain.signal })
    await until(() => events.filter(({ name }) => name === 'item.read').length === 13)
    drain.abort()
    await one.ended
    expect(await staged()).toHaveLength(13)
    stream.append('s', ...numbers(13, 20))
    follow('two')
    await until(async () => (await staged()).length === 20)
  })

  test('holds while a key is disabled, says so, and goes on by itself', async () => {
    stream.open('s')
    stream.append('s', ...numbers(0, 10))
    let disabled = true
    follow('one', {
      put: async (...args) => {
        if (disabled) throw new AppError('denied', 'key k1 is disabled: enable it', { reason: 'key_disabled' })
        return vault.put(...args)
      },
    })
    await until(() => events.filter(({ name }) => name === 'source.held').length >= 2)
    expect(events.find(({ name }) => name === 'source.held')).toMatchObject({
      code: 'denied',
      reason: 'key_disabled',
      says: 'key k1 is disabled: enable it',
    })
    expect(await staged()).toEqual([])
    disabled = false
    await until(async () => (await staged()).length === 10)
  })
})

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}
