import { beforeEach, describe, expect, test } from 'vitest'
import { destroyKey, retire, rewrapKeys, rotate, statusOfKeys } from '#app/operations/keys.ts'
import { AppError } from '#core/errors.ts'
import { createKeyRecords, type KeyRecords } from '#services/encrypt/keys/records.ts'
import type { UnreadRecord } from '#services/encrypt/keys/stored.ts'
import { kidOfObject } from '#services/encrypt/objects/envelope.ts'
import { DATASET, refusalOf, texts, useInstallation } from './installation.ts'

const it = useInstallation()
beforeEach(async () => {
  await it.deliver('a', texts(0, 20, 5))
  expect(await it.run()).toEqual([])
})

/** The keys that the objects of a zone are under. */
async function kidsIn(zone: string): Promise<Set<string>> {
  const kids = new Set<string>()
  for await (const path of it.store.list(`${zone}/${DATASET}/`))
    kids.add(kidOfObject((await it.store.read(path)).bytes))
  return kids
}

async function edited(path: string, edit: object): Promise<void> {
  const { version } = await it.store.read(path)
  await it.store.replace(path, Buffer.from(JSON.stringify({ ...(await recordAt(path)), ...edit })), version)
}

async function recordAt(path: string): Promise<object> {
  return JSON.parse(Buffer.from((await it.store.read(path)).bytes).toString()) as object
}

async function daysLater(days: number): Promise<KeyRecords> {
  const { store, catalog } = await it.start()
  const now = () => new Date(Date.now() + days * 24 * 3600_000)
  return createKeyRecords({ store, keyrings: [it.keyring], memory: catalog.epochs, now })
}

describe('who can write the store', () => {
  test('puts the pointer to a leaked epoch key back: nothing new comes under it', async () => {
    const { keys } = await it.start()
    const leaked = await keys.current(DATASET)
    const putBack = await it.copyStore(`keys/${DATASET}/current.json`)
    const fresh = await keys.newEpoch(DATASET)
    await putBack()
    expect((await (await it.start()).keys.current(DATASET)).kid).toBe(fresh.kid)

    await it.deliver('b', texts(100, 10))
    const before = await kidsIn('clean')
    expect(before).toEqual(new Set([leaked.kid]))
    expect(await it.run()).toEqual([])
    expect(await kidsIn('clean')).toEqual(new Set([leaked.kid, fresh.kid]))
  })

  test('takes the pointer away, or the newest record with it', async () => {
    const { keys } = await it.start()
    const putBack = await it.copyStore(`keys/${DATASET}/`)
    const fresh = await keys.newEpoch(DATASET)
    await it.store.delete(`keys/${DATASET}/current.json`)
    expect((await (await it.start()).keys.current(DATASET)).kid).toBe(fresh.kid)
    await putBack() // as it was before: the newest record is gone, the pointer names the leaked key
    expect(await refusalOf((await it.start()).keys.current(DATASET))).toBe('key_records_gone')
    await expect((await it.start()).keys.current(DATASET)).rejects.toThrow('put it back from a copy of the store')
    const next = await (await it.start()).keys.newEpoch(DATASET)
    expect(next.epoch).toBe(3)
    expect((await (await it.start()).keys.current(DATASET)).kid).toBe(next.kid)
  })

  test('writes a higher number into the record and the pointer of a leaked key', async () => {
    const { keys } = await it.start()
    const leaked = await keys.current(DATASET)
    const fresh = await keys.newEpoch(DATASET)
    for (const path of [`keys/${DATASET}/${leaked.kid}.json`, `keys/${DATASET}/current.json`]) {
      await edited(path, { kid: leaked.kid, epoch: 99 })
    }
    expect((await (await it.start()).keys.current(DATASET)).kid).toBe(fresh.kid)
  })

  test('puts the pointer to an earlier signing key back', async () => {
    const { keys } = await it.start()
    const putBack = await it.copyStore('keys/_signing/current.json')
    const fresh = await keys.newEpoch('_signing')
    await putBack()
    expect((await (await it.start()).keys.current('_signing')).kid).toBe(fresh.kid)
  })

  test('takes the pointer to the signing key away: no second key is made, by a reading command or any other', async () => {
    const before = await (await it.start()).signer.keyid()
    await it.store.delete('keys/_signing/current.json')
    expect(await (await it.start()).signer.keyid()).toBe(before)
    await it.sql.query('delete from epochs') // a catalog of before, which remembers none
    expect(await refusalOf(it.start())).toBe('signing_pointer')
  })

  test('puts a copy of the record of a destroyed key back', async () => {
    const { keys } = await it.start()
    const leaked = await keys.current(DATASET)
    await keys.newEpoch(DATASET)
    const putBack = await it.copyStore(`keys/${DATASET}/${leaked.kid}.json`)
    await (await daysLater(3)).destroy(DATASET, leaked.kid)
    await putBack()
    expect(await refusalOf((await it.start()).keys.get(DATASET, leaked.kid))).toBe('key_destroyed')
  })

  test('dates a leaked key into the future: it can be destroyed all the same', async () => {
    const { keys } = await it.start()
    const leaked = await keys.current(DATASET)
    await keys.newEpoch(DATASET)
    await edited(`keys/${DATASET}/${leaked.kid}.json`, { created: '2999-01-01T00:00:00.000Z' })
    expect(await refusalOf((await daysLater(0)).destroy(DATASET, leaked.kid))).toBe('too_young')
    await (await daysLater(3)).destroy(DATASET, leaked.kid)
    expect(await refusalOf((await it.start()).keys.get(DATASET, leaked.kid))).toBe('key_destroyed')
  })

  test('puts it back where no catalog remembers: nothing opens it once the versions that wrapped it are ended', async () => {
    const system = { ...(await it.start()), keys: await daysLater(3) }
    const { kid } = await system.keys.current(DATASET)
    const fresh = await (await it.start()).keys.newEpoch(DATASET)
    const [record, putBack] = [`keys/${DATASET}/${kid}.json`, await it.copyStore(`keys/${DATASET}/${kid}.json`)]
    const elsewhere = async () => {
      await it.store.delete(record)
      await putBack()
      return createKeyRecords({ store: it.store, keyrings: [it.keyring] })
    }
    await destroyKey(system, { kid, dataset: DATASET }, { keepVersions: true })
    const destroyed = await recordAt(record)
    expect((await (await elsewhere()).get(DATASET, kid)).kid).toBe(kid) // what is said when versions are kept

    await edited(record, { ...destroyed })
    const version = (await it.keyring.current()).version
    const { versions } = await destroyKey(system, { kid, dataset: DATASET })
    expect(versions).toMatchObject([{ provider: 'local', version, outcome: 'retired' }])
    expect((await destroyKey(system, { kid, dataset: DATASET })).versions).toMatchObject([{ outcome: 'ended' }])
    expect(await refusalOf((await elsewhere()).get(DATASET, kid))).toBe('unknown_version')
    // everything else opens as before
    expect((await (await it.start()).keys.get(DATASET, fresh.kid)).kid).toBe(fresh.kid)
    await it.deliver('b', texts(100, 10))
    expect(await it.run()).toEqual([])
  })

  test('a version that cannot be ended yet is said to stand, and the next call ends it', async () => {
    const system = { ...(await it.start()), keys: await daysLater(3) }
    const { kid } = await system.keys.current(DATASET)
    await (await it.start()).keys.newEpoch(DATASET)
    const down = { ...it.keyring, rotate: () => Promise.reject(new AppError('unavailable', 'no answer')) }
    const failing = { ...system.keys, keyrings: [down] }
    const first = await destroyKey({ ...system, keys: failing }, { kid, dataset: DATASET })
    expect(first.versions).toMatchObject([{ outcome: 'failed', message: 'no answer' }])
    expect((await destroyKey(system, { kid, dataset: DATASET })).versions).toMatchObject([{ outcome: 'retired' }])
    const whole = { ...it.keyring, endsVersions: false }
    const kept = await destroyKey({ ...system, keys: { ...system.keys, keyrings: [whole] } }, { kid, dataset: DATASET })
    expect(kept.versions).toMatchObject([{ outcome: 'kept', message: 'its service ends whole keys alone' }])
  })

  test('deletes the records of keys: no version is ended while they are gone, so that a copy still opens', async () => {
    const putBack = await it.copyStore('keys/')
    const before = await it.exported()
    const { version } = await it.keyring.current()
    const system = await it.start()
    await rotate(system, {})
    await rewrapKeys(system, {})
    const { kid } = await system.keys.current(DATASET)
    await it.store.delete(`keys/${DATASET}/${kid}.json`)
    expect(await refusalOf(retire(system, version, {}))).toBe('key_records_gone')
    expect(await refusalOf(retire(system, version, { dryRun: true }))).toBe('key_records_gone')
    await putBack() // as before the rotation: all of it is under the version that was not ended
    expect(await it.exported()).toEqual(before)
    await rewrapKeys(system, {})
    expect(await retire(system, version, {})).toMatchObject({ version })
    expect(await it.exported()).toEqual(before)
  })

  test('deletes or damages the records of keys: the status names each, and the wraps of the others are renewed', async () => {
    const system = await it.start()
    const fresh = await system.keys.newEpoch(DATASET)
    const older = await system.keys.newEpoch(DATASET)
    const statusOf = async () => {
      const unread: UnreadRecord[] = []
      const { epochs, versions } = await statusOfKeys(system, false, (one) => unread.push(one))
      return { kids: epochs.map(({ kid }) => kid), unread, retirable: versions.some(({ retirable }) => retirable) }
    }
    expect((await statusOf()).unread).toEqual([])
    const [gone, damaged] = [fresh, older].map(({ kid }) => `keys/${DATASET}/${kid}.json`) as [string, string]
    await it.store.delete(gone)
    const { version } = await it.store.read(damaged)
    await it.store.replace(damaged, Buffer.from('{"format"'), version)
    const { kids, unread } = await statusOf()
    expect(unread).toEqual([
      { path: damaged, code: 'corrupt', message: expect.stringMatching(`^${damaged} is damaged: put it back`) },
      { path: gone, code: 'not_found', message: expect.stringContaining(gone) },
    ])
    expect(kids).not.toContain(fresh.kid)
    expect(kids).not.toContain(older.kid)
    await expect(statusOfKeys(system, false)).rejects.toMatchObject({ code: 'corrupt', reason: 'key_record' })
    await rotate(system, {})
    const report = await rewrapKeys(system, {})
    expect(report.failed).toMatchObject([{ path: damaged, code: 'corrupt' }])
    expect(report.rewrapped).toBe(kids.length)
    expect(report.last).toBeNull()
    expect((await statusOf()).retirable).toBe(false)
  })

  test('alters what a record says of its key: the key does not open by it', async () => {
    const { keys } = await it.start()
    const { kid } = await keys.current(DATASET)
    for (const edit of [{ epoch: 99 }, { created: '2999-01-01T00:00:00.000Z' }, { format: 'credence-key/1' }]) {
      const putBack = await it.copyStore(`keys/${DATASET}/`)
      await edited(`keys/${DATASET}/${kid}.json`, edit)
      expect(await refusalOf((await it.start()).keys.get(DATASET, kid)), JSON.stringify(edit)).toBe('wrap_altered')
      await putBack()
    }
  })

  test('dates the key of now anew, so that a leaked one is never old enough to be destroyed', async () => {
    const { keys } = await it.start()
    const leaked = await keys.current(DATASET)
    const { kid } = await keys.newEpoch(DATASET)
    const putBack = await it.copyStore(`keys/${DATASET}/`)
    await edited(`keys/${DATASET}/${kid}.json`, { created: new Date(Date.now() + 3 * 24 * 3600_000).toISOString() })
    expect(await refusalOf((await daysLater(3)).destroy(DATASET, leaked.kid))).toBe('key_record')
    await putBack()
    await (await daysLater(3)).destroy(DATASET, leaked.kid)
  })

  test('numbers a record of before anew, to have a rewrap bind it: what is remembered is bound', async () => {
    const { keys } = await it.start()
    const { kid, key } = await keys.current(DATASET)
    const wrap = await it.keyring.wrap(key, { dataset: DATASET, kid })
    await edited(`keys/${DATASET}/${kid}.json`, {
      format: 'credence-key/1',
      epoch: 99,
      created: '2999-01-01T00:00:00.000Z',
      wraps: [wrap],
    })
    await (await it.start()).keys.rewrap(DATASET, kid)
    expect(await recordAt(`keys/${DATASET}/${kid}.json`)).toMatchObject({ format: 'credence-key/2', epoch: 1 })
    expect((await (await it.start()).keys.get(DATASET, kid)).epoch).toBe(1)
    const { created } = (await recordAt(`keys/${DATASET}/${kid}.json`)) as { created: string }
    expect(Date.parse(created)).toBeLessThanOrEqual(Date.now())
  })

  test('puts the pointer back so that the operator destroys the key in use', async () => {
    const { keys } = await it.start()
    const putBack = await it.copyStore(`keys/${DATASET}/current.json`)
    const fresh = await keys.newEpoch(DATASET)
    await putBack()
    expect(await refusalOf((await daysLater(3)).destroy(DATASET, fresh.kid))).toBe('current')
  })
})
