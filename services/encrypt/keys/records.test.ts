import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import type { EpochCatalog, KnownEpoch } from '#runtime/catalog/catalog.ts'
import { kidOf, serialize, SIGNING, wrapContext } from './record.ts'
import { createKeyRecords, type KeyRecords } from './records.ts'
import type { Keyring } from '../keyring.ts'
import { createLocalKeyring, type LocalKeyring } from './local/keyring.ts'
import type { Store } from '../store.ts'
import { createMemoryStore } from '../stores/memory.ts'

let folder = ''
let first: LocalKeyring
let second: LocalKeyring
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'credence-keys-'))
  first = await createLocalKeyring(path.join(folder, 'first.json'), { keyFile: true })
  second = await createLocalKeyring(path.join(folder, 'second.json'), { keyFile: true })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let store: Store
let time = 0
const now = () => new Date(time)
beforeEach(() => {
  store = createMemoryStore()
  time = Date.UTC(2026, 0, 1)
})

function counted(keyring: Keyring): Keyring & { unwraps: number } {
  const counting = {
    ...keyring,
    unwraps: 0,
    unwrap: (...args: Parameters<Keyring['unwrap']>) => {
      counting.unwraps += 1
      return keyring.unwrap(...args)
    },
  }
  return counting
}

async function recordsOf(keys: KeyRecords) {
  const records = []
  for await (const record of keys.list()) records.push(record)
  return records
}

test('the first use of a dataset makes its key; every process gets that same key', async () => {
  const keys = createKeyRecords({ store, keyrings: [first], now })
  const made = await keys.current('mnist')
  expect(made).toMatchObject({ epoch: 1, kid: kidOf(made.key) })
  const elsewhere = createKeyRecords({ store, keyrings: [first], now })
  expect(Buffer.from((await elsewhere.current('mnist')).key)).toEqual(Buffer.from(made.key))
  expect((await keys.current('mails')).kid).not.toBe(made.kid)
})

/** A catalog of epochs in memory. */
function epochsInMemory(): EpochCatalog {
  const rows: (KnownEpoch & { readonly dataset: string })[] = []
  const of = (dataset: string) => rows.filter((row) => row.dataset === dataset)
  return {
    newest: async (dataset) => {
      const last = Math.max(...of(dataset).map(({ epoch }) => epoch))
      return of(dataset).filter(({ epoch }) => epoch === last)
    },
    remember: async (dataset, { kid, epoch }) => {
      if (!of(dataset).some((row) => row.kid === kid)) rows.push({ dataset, kid, epoch })
    },
    destroy: async () => undefined,
    isDestroyed: async () => false,
    standing: async () => rows,
    epochOf: async (dataset, kid) => of(dataset).find((row) => row.kid === kid)?.epoch ?? null,
  }
}

test.each([1, 2])('no process that begins while another does replaces its first key (%i)', async (at) => {
  const memory = epochsInMemory()
  const faster = createKeyRecords({ store, keyrings: [first], memory, now })
  let asked = 0
  const slower = createKeyRecords({
    store,
    keyrings: [first],
    memory: {
      ...memory,
      // the other process begins and signs between what this one reads of the store and of the catalog
      newest: async (dataset) => {
        const before = await memory.newest(dataset)
        if (++asked !== at) return before
        await faster.current(SIGNING)
        return at === 1 ? before : memory.newest(dataset)
      },
    },
    now,
  })
  const late = await slower.current(SIGNING)
  const signed = await faster.current(SIGNING)
  expect([signed.epoch, late.epoch]).toEqual([1, 1])
  expect((await slower.current(SIGNING)).kid).toBe(signed.kid)
  expect(asked).toBeGreaterThanOrEqual(at)
})

test('processes that race for the first key agree on one, and leave the others unused', async () => {
  const racers = Array.from({ length: 8 }, () => createKeyRecords({ store, keyrings: [first], now }))
  const kids = await Promise.all(racers.map(async (keys) => (await keys.current('mnist')).kid))
  expect(new Set(kids).size).toBe(1)
  const [one] = racers
  expect((await one?.pointer('mnist'))?.kid).toBe(kids[0])
  expect((await recordsOf(one as KeyRecords)).map(({ kid }) => kid)).toContain(kids[0])
})

test('a key that was current without its maker knowing it stays: others may have used it', async () => {
  const others = () => createKeyRecords({ store, keyrings: [first], now })
  let used = ''
  const lossy: Store = {
    ...store,
    async create(at, bytes) {
      const version = await store.create(at, bytes)
      if (!at.endsWith('/current.json')) return version
      used = (await others().current('mnist')).kid
      await others().newEpoch('mnist')
      throw new AppError('conflict', 'the repeat of a write whose answer was lost')
    },
  }
  const key = await createKeyRecords({ store: lossy, keyrings: [first], now }).current('mnist')
  expect(key.epoch).toBe(2)
  expect((await others().get('mnist', used)).epoch).toBe(1)
})

test('a key is unwrapped once until its time is over', async () => {
  await createKeyRecords({ store, keyrings: [first], now }).current('mnist')
  const keyring = counted(first)
  const keys = createKeyRecords({ store, keyrings: [keyring], now, ttlSeconds: 60 })
  await Promise.all(Array.from({ length: 5 }, () => keys.current('mnist')))
  expect(keyring.unwraps).toBe(1)
  time += 59_000
  await keys.current('mnist')
  expect(keyring.unwraps).toBe(1)
  time += 2000
  await keys.current('mnist')
  expect(keyring.unwraps).toBe(2)
})

test('a failure to unwrap is remembered for a second, and no longer', async () => {
  const { kid } = await createKeyRecords({ store, keyrings: [first], now }).current('mnist')
  let fail = true
  const flaky: Keyring = {
    ...first,
    unwrap: async (...args) => {
      if (fail) throw new AppError('unavailable', 'no answer')
      return first.unwrap(...args)
    },
  }
  const keys = createKeyRecords({ store, keyrings: [flaky], now })
  await expect(keys.get('mnist', kid)).rejects.toMatchObject({ code: 'unavailable' })
  fail = false
  await expect(keys.get('mnist', kid)).rejects.toMatchObject({ code: 'unavailable' })
  time += 1000
  expect((await keys.get('mnist', kid)).kid).toBe(kid)
})

test('a new epoch is for new objects; the old key stays readable', async () => {
  const keys = createKeyRecords({ store, keyrings: [first], now })
  const old = await keys.current('mnist')
  const made = await keys.newEpoch('mnist')
  expect(made).toMatchObject({ epoch: 2 })
  expect((await keys.current('mnist')).kid).toBe(made.kid)
  keys.forget()
  expect(Buffer.from((await keys.get('mnist', old.kid)).key)).toEqual(Buffer.from(old.key))
})

test('one epoch key under two key services opens with either alone', async () => {
  const both = createKeyRecords({ store, keyrings: [first, second], now })
  const { kid, key } = await both.current('mnist')
  for (const keyring of [first, second]) {
    const alone = createKeyRecords({ store, keyrings: [keyring], now })
    expect(Buffer.from((await alone.get('mnist', kid)).key)).toEqual(Buffer.from(key))
  }
})

test('when one service is down the other serves; when none answers the error says to try again', async () => {
  const down = (code: 'unavailable' | 'denied'): Keyring => ({
    ...second,
    unwrap: () => Promise.reject(new AppError(code, 'no')),
  })
  const { kid } = await createKeyRecords({ store, keyrings: [first, second], now }).current('mnist')
  const partly = createKeyRecords({ store, keyrings: [down('unavailable'), first], now })
  expect((await partly.get('mnist', kid)).kid).toBe(kid)
  const wholly = createKeyRecords({ store, keyrings: [down('denied'), down('unavailable')], now })
  await expect(wholly.get('mnist', kid)).rejects.toMatchObject({ code: 'unavailable' })
})

test('a new key is made only when every service wraps it; the error says which did not', async () => {
  const silent: Keyring = { ...second, wrap: () => Promise.reject(new AppError('unavailable', 'no answer')) }
  const keys = createKeyRecords({ store, keyrings: [first, silent], now })
  await expect(keys.current('mnist')).rejects.toMatchObject({
    code: 'unavailable',
    message: 'no new key for mnist without a wrap by local, which failed: no answer',
  })
  expect(await recordsOf(keys)).toEqual([])
})

test('a service that can brings its wraps over by itself; one that may not open them is believed', async () => {
  const { kid } = await createKeyRecords({ store, keyrings: [first], now }).current('mnist')
  const moved: string[] = []
  const mover = (unwrap: Keyring['unwrap']): Keyring => ({
    ...first,
    unwrap,
    rewrap: async (wrap, context) => {
      moved.push(wrap.version)
      return first.wrap(await first.unwrap(wrap, context), context)
    },
  })
  const { version } = await first.current()
  await first.rotate()
  const blind = mover(() => Promise.reject(new AppError('denied', 'no', { reason: 'access_denied' })))
  await createKeyRecords({ store, keyrings: [blind], now }).rewrap('mnist', kid)
  expect(moved).toEqual([version])
  expect((await createKeyRecords({ store, keyrings: [first], now }).get('mnist', kid)).kid).toBe(kid)
  await first.rotate()
  const confused = mover(async () => Buffer.alloc(32))
  await expect(createKeyRecords({ store, keyrings: [confused], now }).rewrap('mnist', kid)).rejects.toMatchObject({
    reason: 'kid_mismatch',
  })
})

test('a rewrap replaces the wraps of former keys', async () => {
  const { kid } = await createKeyRecords({ store, keyrings: [first], now }).current('mnist')
  const follower: Keyring = {
    ...second,
    formerKeys: [first.keyId],
    unwrap: (wrap, context) => (wrap.keyId === first.keyId ? first : second).unwrap(wrap, context),
  }
  const keys = createKeyRecords({ store, keyrings: [follower], now })
  await keys.rewrap('mnist', kid)
  const [record] = await recordsOf(keys)
  expect(record?.wraps.map(({ keyId }) => keyId)).toEqual([second.keyId])
})

test('a wrap that does not unwrap to the same key is never stored', async () => {
  const lying: Keyring = { ...first, unwrap: async () => Buffer.alloc(32, 1) }
  const keys = createKeyRecords({ store, keyrings: [lying], now })
  await expect(keys.current('mnist')).rejects.toMatchObject({ code: 'corrupt', reason: 'bad_wrap' })
  expect(await recordsOf(keys)).toEqual([])
})

test('a record whose wraps were exchanged with another key of the dataset is refused', async () => {
  const keys = createKeyRecords({ store, keyrings: [first], now })
  const one = await keys.current('mnist')
  const two = await keys.newEpoch('mnist')
  keys.forget()
  const [a, b] = await Promise.all([one, two].map(({ kid }) => store.read(`keys/mnist/${kid}.json`)))
  await store.replace(`keys/mnist/${one.kid}.json`, b?.bytes ?? Buffer.of(), a?.version ?? '')
  await expect(keys.get('mnist', one.kid)).rejects.toMatchObject({ code: 'corrupt', reason: 'key_record' })
})

test('what unwraps has to be the key that the record names', async () => {
  const keys = createKeyRecords({ store, keyrings: [first], now })
  const { kid } = await keys.current('mnist')
  const [record] = await recordsOf(keys)
  if (record === undefined) throw new Error('there is no record')
  const wrap = await first.wrap(Buffer.alloc(32, 9), wrapContext(record))
  const { version } = await store.read(`keys/mnist/${kid}.json`)
  await store.replace(`keys/mnist/${kid}.json`, serialize({ ...record, wraps: [wrap] }), version)
  keys.forget()
  await expect(keys.get('mnist', kid)).rejects.toMatchObject({ code: 'corrupt', reason: 'kid_mismatch' })
})

test('rewrapping follows the key services and changes nothing that is up to date', async () => {
  const keys = createKeyRecords({ store, keyrings: [first], now })
  const { kid, key } = await keys.current('mnist')
  expect(await keys.rewrap('mnist', kid)).toEqual([])
  const from = await first.current()
  const due = { provider: 'local', from, to: await first.rotate() }
  expect(await keys.rewrap('mnist', kid, { dryRun: true })).toEqual([due])
  expect(await keys.rewrap('mnist', kid)).toEqual([due])
  expect(await keys.rewrap('mnist', kid)).toEqual([])
  const wider = createKeyRecords({ store, keyrings: [first, second], now })
  expect(await wider.rewrap('mnist', kid)).toEqual([{ provider: 'local', from: null, to: await second.current() }])
  const [record] = await recordsOf(wider)
  expect(record?.wraps).toHaveLength(2)
  expect(Buffer.from((await createKeyRecords({ store, keyrings: [second] }).get('mnist', kid)).key)).toEqual(
    Buffer.from(key),
  )
})

test('a record of before stays readable, and a rewrap binds what it says to each wrap', async () => {
  const keys = createKeyRecords({ store, keyrings: [first, second], now })
  const { kid, key } = await keys.current('mnist')
  const [record] = await recordsOf(keys)
  const wraps = await Promise.all([first, second].map((keyring) => keyring.wrap(key, { dataset: 'mnist', kid })))
  const { version } = await store.read(`keys/mnist/${kid}.json`)
  if (record !== undefined)
    await store.replace(`keys/mnist/${kid}.json`, serialize({ ...record, format: 'credence-key/1', wraps }), version)
  const reads = async (keyring: Keyring) =>
    Buffer.from((await createKeyRecords({ store, keyrings: [keyring], now }).get('mnist', kid)).key)
  expect(await reads(first)).toEqual(Buffer.from(key))

  // what a service that is not configured wrapped stays as it was, and says so
  const to = await first.current()
  expect(await createKeyRecords({ store, keyrings: [first], now }).rewrap('mnist', kid)).toEqual([
    { provider: 'local', from: to, to },
  ])
  const [half] = await recordsOf(keys)
  expect(half).toMatchObject({ format: 'credence-key/2', epoch: 1, created: new Date(time).toISOString() })
  expect(half?.wraps.map(({ keyId, format }) => [keyId, format])).toEqual([
    [second.keyId, 'credence-key/1'],
    [first.keyId, undefined],
  ])
  for (const keyring of [first, second]) expect(await reads(keyring)).toEqual(Buffer.from(key))
  await keys.rewrap('mnist', kid)
  expect((await recordsOf(keys))[0]?.wraps.map(({ format }) => format)).toEqual([undefined, undefined])
  expect(await keys.rewrap('mnist', kid)).toEqual([])
  for (const keyring of [first, second]) expect(await reads(keyring)).toEqual(Buffer.from(key))
})

test('rewrapping at the same time loses no wrap', async () => {
  const alone = createKeyRecords({ store, keyrings: [first], now })
  const { kid } = await alone.current('mnist')
  await first.rotate()
  const other = createKeyRecords({ store, keyrings: [second, first], now })
  await Promise.all([alone.rewrap('mnist', kid), other.rewrap('mnist', kid)])
  const [record] = await recordsOf(alone)
  expect(new Set(record?.wraps.map(({ keyId }) => keyId))).toEqual(new Set([first.keyId, second.keyId]))
})

const DAY_AND_MARGIN = (86_400 + 300) * 1000

test('a destroyed key opens for nobody, at once in this process', async () => {
  const keys = createKeyRecords({ store, keyrings: [first], now })
  const { kid } = await keys.current('mnist')
  await expect(keys.destroy('mnist', kid)).rejects.toMatchObject({ code: 'conflict', reason: 'current' })
  await keys.newEpoch('mnist')
  time += DAY_AND_MARGIN
  await keys.destroy('mnist', kid, { dryRun: true })
  expect((await keys.get('mnist', kid)).kid).toBe(kid)
  await keys.destroy('mnist', kid)
  await expect(keys.get('mnist', kid)).rejects.toMatchObject({ code: 'denied', reason: 'key_destroyed' })
})

test('a key is not destroyed while a process may still choose it, however long that process keeps its choice', async () => {
  const operator = createKeyRecords({ store, keyrings: [first], now, ttlSeconds: 60 })
  const slow = createKeyRecords({ store, keyrings: [first], now, ttlSeconds: 86_400 })
  const { kid } = await slow.current('mnist')
  time += 30 * DAY_AND_MARGIN
  await slow.current('mnist')
  await operator.newEpoch('mnist')
  const young = { code: 'conflict', reason: 'too_young' }
  for (const step of [0, 61_000, 86_400_000 - 61_000 - 1]) {
    time += step
    expect((await slow.current('mnist')).kid).toBe(kid)
    await expect(operator.destroy('mnist', kid)).rejects.toMatchObject(young)
    await expect(operator.destroy('mnist', kid, { dryRun: true })).rejects.toMatchObject(young)
  }
  await expect(operator.destroy('mnist', kid)).rejects.toThrow('can be destroyed from 2026-02-01T02:35:00.000Z on')
  time += 300_000
  await expect(operator.destroy('mnist', kid)).rejects.toMatchObject(young)
  time += 1
  await operator.destroy('mnist', kid)
  expect((await slow.current('mnist')).epoch).toBe(2)
})

test('a key that lost a race can be destroyed once it cannot become current any more', async () => {
  const keys = createKeyRecords({ store, keyrings: [first], now })
  await keys.current('mnist')
  time += DAY_AND_MARGIN
  const stopped: Store = { ...store, replace: () => Promise.reject(new AppError('unavailable', 'no answer')) }
  const stopping = createKeyRecords({ store: stopped, keyrings: [first], now })
  await expect(stopping.newEpoch('mnist')).rejects.toMatchObject({ code: 'unavailable' })
  const unused = (await recordsOf(keys)).find(({ epoch }) => epoch === 2)?.kid ?? ''
  await expect(keys.destroy('mnist', unused)).rejects.toMatchObject({ code: 'conflict', reason: 'too_young' })
  time += DAY_AND_MARGIN
  await keys.destroy('mnist', unused)
  await keys.newEpoch('mnist')
  await keys.destroy('mnist', unused) // it is destroyed already: what was begun can be finished
})

test.each(['', '_signing2', '../mnist', 'a/b', '.hidden'])('refuses keys for a dataset named %j', async (name) => {
  const keys = createKeyRecords({ store, keyrings: [first], now })
  await expect(keys.current(name)).rejects.toMatchObject({ code: 'invalid' })
})
