import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { contractSchema } from '#core/contract.ts'
import { AppError } from '#core/errors.ts'
import type { Catalog } from '#runtime/catalog/catalog.ts'
import type { Lease } from '#runtime/catalog/lease.ts'
import { openCatalog } from '#runtime/catalog/create-catalog.ts'
import { openPglite } from '#runtime/catalog/pglite.ts'
import { CHAINED, createAdmittedChain, type AdmittedChain } from '#test/support/fakes/admitted-chain.ts'
import { createMemorySink, type MemorySink } from '#test/support/fakes/memory-sink.ts'
import { deliverChain, readDelivered, type DeliverDeps } from './deliver.ts'
import { createLocalKeyring, type LocalKeyring } from '../keys/local/keyring.ts'
import { rowOf, schemaOf } from './sink-rows.ts'
import type { Sink, SinkRow } from '../sink.ts'

const text = { text: { type: 'string' }, image: { tensor: { dtype: 'u8', shape: [2, 2] } } }
const schemaFor = (properties: object) =>
  schemaOf(
    contractSchema.parse({
      version: 1,
      schema: { type: 'object', properties },
      features: { kind: 'text', field: 'text' },
    }),
  )
const SCHEMA = schemaFor({ ...text, label: { type: 'integer' } })

let folder = ''
let keyring: LocalKeyring
let catalog: Catalog
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'credence-deliver-'))
  keyring = await createLocalKeyring(path.join(folder, 'keyring.json'), { keyFile: true })
  catalog = await openCatalog(await openPglite(), { actor: 'test' })
})
afterAll(async () => {
  await catalog.close()
  await rm(folder, { recursive: true, force: true })
})

let chain: AdmittedChain
let deliveries = 0
let source = ''
beforeEach(async () => {
  chain = await createAdmittedChain(keyring)
  anew()
})

/** A delivery that has not begun. */
function anew(): void {
  source = `sink/${++deliveries}`
}

async function leased(owner = 'one'): Promise<Lease> {
  const lease = await catalog.sources.acquire(source, 'chain', owner, 60)
  if (lease === null) throw new Error('no lease')
  return lease
}

/** What a process that starts now does. */
async function deliver(sink: Sink, more: Partial<DeliverDeps> = {}): Promise<number> {
  const { store, verifier, vault } = chain
  const schema = more.schema ?? SCHEMA
  await sink.prepare(schema)
  const lease = more.lease ?? (await leased())
  return deliverChain({ dataset: CHAINED, sink, schema, store, verifier, vault, catalog, lease, ...more })
}

/** Two windows, one of them longer than one call takes, a release of two records, an undo of one, and its release again. */
async function fill(): Promise<void> {
  await chain.window('a', 3, 2)
  await chain.window('b', 501, 1)
  await chain.window('c', 0, 4)
  await chain.release('r1', 'a', ['ar3', 'ar4'])
  await chain.revoke('r2', ['ar4'])
  await chain.reencrypt()
  await chain.release('r3', 'a', ['ar4'])
  await chain.revoke('r4', ['ar3'])
  await chain.window('d', 2)
}

const named = (row: SinkRow) => `${row['_credence_manifest'] as number} ${recordIn(row)}`
const recordIn = (row: SinkRow) => row['_credence_record'] as string
const byRecord = (a: SinkRow, b: SinkRow) => (recordIn(a) < recordIn(b) ? -1 : 1)
/** What a row says of its record, whichever link it came with. */
const contentOf = (row: SinkRow): SinkRow =>
  Object.fromEntries(Object.entries(row).filter(([column]) => !/^_credence_(ingested|manifest|window)$/.test(column)))

/** What stands in the sink is what training would read, and no row is there twice. */
async function expectAccurate(sink: MemorySink): Promise<void> {
  const origin = { dataset: CHAINED, window: '', ordinal: 0, ingested: new Date() }
  const wanted = (await chain.exported()).map((record) => contentOf(rowOf(record, SCHEMA, origin)))
  expect(sink.current().map(contentOf).sort(byRecord)).toEqual(wanted.sort(byRecord))
  for (const rows of Object.values(sink.tables)) expect(new Set(rows.map(named)).size).toBe(rows.length)
}

describe('deliverChain', () => {
  test('every admitted record is in the table once; releases and revocations stand as the chain has them', async () => {
    await fill()
    const sink = createMemorySink()
    expect(readDelivered(await catalog.sources.positions(source, 'chain'))).toBe(0)
    expect(await deliver(sink)).toBe(9)
    expect(readDelivered(await catalog.sources.positions(source, 'chain'))).toBe(9)
    await expectAccurate(sink)
    expect(sink.tables.admitted.filter((row) => row['_credence_record'] === 'ar4').map(named)).toEqual([
      '4 ar4',
      '7 ar4',
    ])
    expect(sink.tables.revoked.map(named)).toEqual(['4 ar3', '4 ar4', '5 ar4', '7 ar4', '8 ar3'])
    expect(sink.tables.admitted[0]).toMatchObject({ _credence_window: 'a', text: 'text of ar0', label: 0 })
    expect(await deliver(sink)).toBe(0)
    expect(sink.tokens).toBe(9)
    await chain.window('e', 1)
    expect(await deliver(sink)).toBe(1)
    await expectAccurate(sink)
  })

  test('what is recalled stands no longer, whatever releases it; what is reinstated stands as it was', async () => {
    await fill()
    const sink = createMemorySink()
    await chain.recall('c1', ['ar0', 'ar4', 'br0', 'br500'])
    await deliver(sink)
    await expectAccurate(sink)
    expect(sink.current().map(recordIn)).not.toContain('ar4')
    await chain.release('r5', 'a', ['ar4']) // asked for by a catalog that was put back
    await deliver(sink)
    await expectAccurate(sink)
    await chain.recall('c2', ['br0', 'br500', 'ar3'], 'end')
    await deliver(sink)
    await expectAccurate(sink)
    expect(sink.current().map(recordIn)).toContain('br500')
    await chain.recall('c3', ['ar0', 'ar4'], 'end')
    await deliver(sink)
    await expectAccurate(sink)
    const again = createMemorySink()
    anew()
    await deliver(again)
    await expectAccurate(again)
  })

  test('whatever step it stops at, the next run ends with the same rows', async () => {
    await chain.window('a', 2, 2)
    await chain.release('r1', 'a', ['ar2', 'ar3'])
    await chain.revoke('r2', ['ar2'])
    await chain.release('r3', 'a', ['ar2'])
    await chain.recall('c1', ['ar0', 'ar2'])
    await chain.recall('c2', ['ar0', 'ar2'], 'end')
    const whole = createMemorySink()
    const now = () => new Date(1_000)
    await deliver(whole, { now })
    for (let stopAt = 1, stopped = true; stopped; stopAt++) {
      anew()
      stopped = false
      let steps = 0
      const step = () => {
        if (++steps !== stopAt) return
        stopped = true
        throw new Error('stop')
      }
      const sink = createMemorySink(step)
      const sources: DeliverDeps['catalog']['sources'] = {
        positions: (name, shard) => catalog.sources.positions(name, shard),
        async move(...change) {
          step()
          await catalog.sources.move(...change)
          step()
        },
      }
      const run = async () => deliver(sink, { now, catalog: { sources } })
      await run().catch((error: Error) => expect(error.message).toBe('stop'))
      steps = Number.NEGATIVE_INFINITY
      await run()
      expect(sink.tables, `stopped at step ${stopAt}`).toEqual(whole.tables)
    }
    await expectAccurate(whole)
  })

  test('a row says when its link was delivered first, however often that is tried', async () => {
    await chain.window('a', 1)
    let fails = true
    const sink = createMemorySink((verb, when) => {
      if (fails && verb === 'commit' && when === 'before') throw new Error('stop')
    })
    await expect(deliver(sink, { now: () => new Date(1_000) })).rejects.toThrow('stop')
    fails = false
    await deliver(sink, { now: () => new Date(2_000) })
    expect(sink.tables.admitted[0]?.['_credence_ingested']).toBe(1_000_000)
  })

  /** Lets another deliverer take over and finish at a chosen step of the first. */
  test.each(['open', 'append', 'commit'] as const)(
    'of two deliverers the one that lost its lease at %s stops, and adds nothing',
    async (verb) => {
      await fill()
      const first = await leased('one')
      let due = true
      let overtake = Promise.resolve(0)
      const sink = createMemorySink()
      const slow: Sink = {
        ...sink,
        async [verb](...args: never[]) {
          if (due) {
            due = false
            await catalog.sources.release(first)
            overtake = deliver(sink, { lease: await leased('two') })
            await overtake
          }
          return (sink[verb] as (...args: never[]) => Promise<unknown>)(...args)
        },
      }
      await expect(deliver(slow, { lease: first })).rejects.toMatchObject({ reason: 'lease_lost' })
      expect(await overtake).toBe(9)
      await expectAccurate(sink)
    },
  )

  test('two deliverers of one lease at once: one of them moves on', async () => {
    await fill()
    const lease = await leased()
    const sink = createMemorySink()
    const ended = await Promise.allSettled([deliver(sink, { lease }), deliver(sink, { lease })])
    expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await expectAccurate(sink)
  })

  describe('a batch that the service has forgotten', () => {
    const interrupted = async (verb: 'append' | 'commit', when: 'before' | 'after') => {
      await chain.window('a', 600)
      let fails = true
      const sink = createMemorySink((at, then) => {
        if (!fails || at !== verb || then !== when) return
        fails = false
        throw new Error('stop')
      })
      await expect(deliver(sink)).rejects.toThrow('stop')
      return sink
    }

    test.each([
      ['append', 'after'],
      ['commit', 'before'],
    ] as const)('is begun again when none of its rows are there (stopped at %s, %s)', async (verb, when) => {
      const sink = await interrupted(verb, when)
      sink.forget()
      await deliver(sink)
      expect(sink.tokens).toBe(2)
      await expectAccurate(sink)
    })

    test('is done when all of its rows are there', async () => {
      const sink = await interrupted('commit', 'after')
      sink.forget()
      expect(await deliver(sink)).toBe(1)
      expect(sink.tokens).toBe(1)
      await expectAccurate(sink)
    })

    test('is told of when some of its rows are there', async () => {
      const sink = await interrupted('commit', 'before')
      sink.forget()
      const some: Sink = { ...sink, count: async () => 7 }
      await expect(deliver(some)).rejects.toMatchObject({ code: 'corrupt', reason: 'partial_batch' })
      expect(sink.tokens).toBe(1)
    })
  })

  test('a batch that ended with other than its rows is begun again, and shows nothing', async () => {
    await chain.window('a', 3)
    let spoils = 1
    const sink = createMemorySink((verb, when) => {
      if (verb === 'append' && when === 'after' && spoils-- > 0)
        sink.spoil({ _credence_record: 'x', _credence_manifest: 1 })
    })
    await deliver(sink)
    expect(sink.tokens).toBe(2)
    await expectAccurate(sink)
  })

  test('a service that never takes all rows is not asked for ever', async () => {
    await chain.window('a', 3)
    const sink = createMemorySink((verb, when) => {
      if (verb === 'append' && when === 'after') sink.spoil({ _credence_record: 'x', _credence_manifest: 1 })
    })
    await expect(deliver(sink)).rejects.toMatchObject({ code: 'corrupt', reason: 'row_count' })
    expect(sink.tables.admitted).toEqual([])
  })

  test('rows that went missing are put into the same batch again', async () => {
    await chain.window('a', 600)
    const sink = createMemorySink()
    let loses = true
    const losing: Sink = {
      ...sink,
      append: async (token, offset, rows) => {
        if (offset > 0 && loses) {
          loses = false
          throw new AppError('conflict', 'rows are missing', { reason: 'rows_missing' })
        }
        await sink.append(token, offset, rows)
      },
    }
    await deliver(losing)
    expect(sink.tokens).toBe(1)
    await expectAccurate(sink)
  })

  test('a contract that names another field adds its column; older rows keep what they had', async () => {
    await chain.window('a', 1)
    const sink = createMemorySink()
    await deliver(sink, { schema: schemaFor(text) })
    expect(sink.columns.has('label')).toBe(false)
    await chain.window('b', 1)
    await deliver(sink, { schema: SCHEMA })
    expect(sink.columns.has('label')).toBe(true)
    expect(sink.tables.admitted.map((row) => [row['label'], row['_credence_extra']])).toEqual([
      [undefined, '{"label":0,"note":"no column of its own"}'],
      [0, '{"note":"no column of its own"}'],
    ])
  })

  test('stops between links when it is told to', async () => {
    await fill()
    const stop = new AbortController()
    const sink = createMemorySink((verb) => {
      if (verb === 'commit') stop.abort()
    })
    expect(await deliver(sink, { signal: stop.signal })).toBe(1)
    expect(sink.tables.admitted).toHaveLength(3)
    await deliver(sink)
    await expectAccurate(sink)
  })

  test('what no scan decided on is not delivered, nor what is released from nowhere', async () => {
    await chain.append({
      about: { kind: 'window', window: 'w' },
      subjects: [],
      details: { contract: { sha256: 'c'.repeat(64) } },
    })
    await expect(deliver(createMemorySink())).rejects.toMatchObject({ code: 'corrupt', reason: 'unscanned' })
    chain = await createAdmittedChain(keyring)
    anew()
    await chain.release('r1', 'nowhere', ['nowherer0'])
    const sink = createMemorySink()
    await expect(deliver(sink)).rejects.toMatchObject({ code: 'corrupt', reason: 'release' })
    expect(sink.tables.admitted).toEqual([])
  })

  test('an object that was altered is not delivered', async () => {
    await chain.window('a', 2)
    const at = `clean/${CHAINED}/a`
    const { bytes } = await chain.store.read(at)
    const altered = Buffer.from(bytes)
    altered[altered.length - 1]! ^= 1
    const store = {
      ...chain.store,
      read: async (name: string) => (name === at ? { bytes: altered } : chain.store.read(name)),
    }
    const { createVault } = await import('../objects/vault.ts')
    const vault = createVault({ store: store as typeof chain.store, keys: chain.keys })
    const sink = createMemorySink()
    await expect(deliver(sink, { vault })).rejects.toMatchObject({ code: 'corrupt' })
    expect(sink.tables.admitted).toEqual([])
  })
})
