import { beforeEach, describe, expect, test } from 'vitest'
import type { RoundClient, RoundEnd } from '#runtime/catalog/federation-rows.ts'
import type { Lease } from '#runtime/catalog/lease.ts'
import { sha, windowOf, type CatalogFixture } from './fixture.ts'

const FEDERATION = { name: 'digits', session: sha('session'), kid: '0'.repeat(32) }
const CLIENTS: readonly RoundClient[] = [
  { client: 'a', ruling: 'counted', score: 0, risk: null, why: [] },
  { client: 'b', ruling: 'held', score: 7.5, risk: 0.25, why: ['It is far longer than the other updates.'] },
]
const END: RoundEnd = {
  state: 'committed',
  why: null,
  model: sha('model 1'),
  epsilon: 1.5,
  manifest: 2,
  clients: CLIENTS,
}

/** Federations, enrolments and rounds. */
export function federationTests(t: CatalogFixture): void {
  const roundOf = (round: number) => ({
    round,
    asked: ['a', 'b'],
    noise: { noise: 2, sampling: 1 },
    model: sha('model 0'),
  })

  describe('federations', () => {
    test('are begun once', async () => {
      const { federations } = t.catalog
      expect(await federations.get('digits')).toBeNull()
      expect(await federations.begin(FEDERATION)).toEqual(FEDERATION)
      expect(await federations.begin({ ...FEDERATION, session: sha('another') })).toEqual(FEDERATION)
      expect((await t.actions()).filter((action) => action === 'federation.begun')).toHaveLength(1)
    })

    test('have names that no dataset has, whichever was there first', async () => {
      const taken = { code: 'conflict', reason: 'name_taken' }
      await t.commit(1, [])
      await expect(t.catalog.federations.begin(FEDERATION)).rejects.toMatchObject(taken)
      expect(await t.catalog.federations.get('digits')).toBeNull()
      await t.catalog.federations.begin({ ...FEDERATION, name: 'letters' })
      const window = { ...windowOf(2), dataset: 'letters' }
      await expect(t.catalog.windows.stage(window, t.lease)).rejects.toMatchObject(taken)
      expect((await t.actions()).filter((action) => action === 'window.staged')).toHaveLength(1)
    })
  })

  describe('enrolments', () => {
    test('are of one key and one name', async () => {
      const { federations } = t.catalog
      const enrolled = await federations.enrol('digits', 'a', sha('key a'))
      expect(enrolled).toMatchObject({ name: 'a', publicKey: sha('key a'), state: 'enrolled' })
      expect(await federations.enrol('digits', 'a', sha('key a'))).toEqual(enrolled)
      const differently = federations.enrol('digits', 'a', sha('key b'))
      await expect(differently).rejects.toMatchObject({ code: 'conflict', reason: 'enrolled_differently' })
      const twice = federations.enrol('digits', 'b', sha('key a'))
      await expect(twice).rejects.toMatchObject({ code: 'conflict', reason: 'key_taken' })
      expect(await federations.participants('letters')).toEqual([])
      expect((await t.actions()).filter((action) => action === 'client.enrolled')).toHaveLength(1)
    })

    test('that are revoked come back with a new key alone', async () => {
      const { federations } = t.catalog
      await federations.enrol('digits', 'a', sha('key a'))
      await federations.setState('digits', 'a', 'revoked', 'stolen')
      await expect(federations.enrol('digits', 'a', sha('key a'))).rejects.toMatchObject({ reason: 'key_taken' })
      await expect(federations.setState('digits', 'a', 'enrolled', 'oops')).rejects.toMatchObject({ reason: 'revoked' })
      expect(await federations.enrol('digits', 'a', sha('key a2'))).toMatchObject({ state: 'enrolled' })
      await expect(federations.setState('digits', 'x', 'revoked', 'r')).rejects.toMatchObject({ code: 'not_found' })
    })

    test('are suspended and resumed, with a reason on record', async () => {
      const { federations } = t.catalog
      await federations.enrol('digits', 'a', sha('key a'))
      await federations.setState('digits', 'a', 'suspended', 'looks odd')
      await federations.setState('digits', 'a', 'suspended', 'looks odd')
      expect(await federations.participants('digits')).toMatchObject([{ name: 'a', state: 'suspended' }])
      await federations.setState('digits', 'a', 'enrolled', 'it was a new sensor')
      expect((await t.actions()).slice(-2)).toEqual(['client.suspended', 'client.resumed'])
    })
  })

  describe('what rounds teach of clients', () => {
    test('is kept, and said twice changes nothing', async () => {
      const { federations } = t.catalog
      const means = new Map([
        ['a', { sum: 0.1 + 0.2, rounds: 2 }],
        ['a b', { sum: -1.5, rounds: 3 }],
      ])
      await federations.learn('digits', 3, { liars: ['c', 'b'], means })
      await federations.learn('digits', 3, { liars: ['b', 'c'], means })
      const changed = { sum: 0.75, rounds: 3 }
      await federations.learn('digits', 4, { liars: ['b'], means: new Map([['a', changed]]) })
      expect(await federations.means('digits')).toEqual(means.set('a', changed))
      expect(await federations.barred('digits')).toEqual(
        new Map([
          ['b', 3],
          ['c', 3],
        ]),
      )
      expect([...(await federations.barred('letters')), ...(await federations.means('letters'))]).toEqual([])
      expect((await t.actions()).filter((action) => action === 'client.barred')).toHaveLength(1)
    })

    test('is forgotten of whom a reviewer has cleared, and of nobody else', async () => {
      const { federations } = t.catalog
      const mean = { sum: 1, rounds: 1 }
      const means = new Map(['b', 'b:length', 'a b', 'b c', 'bb', 'bb:length', 'a bb'].map((about) => [about, mean]))
      await federations.learn('digits', 1, { liars: [], means })
      expect(await federations.clear('digits', 'b', 'a new sensor')).toBe(0)
      expect([...(await federations.means('digits')).keys()].sort()).toEqual(['a bb', 'bb', 'bb:length'])
      expect((await t.actions()).at(-1)).toBe('client.cleared')
    })

    test('bars nobody whom a reviewer has cleared', async () => {
      const { federations } = t.catalog
      await federations.learn('digits', 1, { liars: ['b', 'c'], means: new Map() })
      expect(await federations.clear('digits', 'b', 'a fault in its memory')).toBe(0)
      expect([...(await federations.barred('digits')).keys()]).toEqual(['c'])
      expect((await t.actions()).at(-1)).toBe('client.cleared')
    })
  })

  describe('rounds', () => {
    let lease: Lease
    beforeEach(async () => {
      await t.catalog.federations.begin(FEDERATION)
      lease = (await t.catalog.sources.acquire('federation:digits', 'rounds', 'aggregator-1', 30))!
    })

    test('are opened one after another, by who holds the lease', async () => {
      const { federations } = t.catalog
      // whoever read more rounds from the chain has an older copy of the catalog before it
      await expect(federations.open('digits', roundOf(2), lease)).rejects.toMatchObject({ reason: 'catalog_behind' })
      await federations.open('digits', roundOf(1), lease)
      await expect(federations.open('digits', roundOf(2), lease)).rejects.toMatchObject({ reason: 'round_taken' })
      await federations.stage('digits', 1, 'share')
      expect(await federations.rounds('digits')).toMatchObject([
        { ...roundOf(1), state: 'open', stage: 'share', endedAt: null },
      ])
      await federations.end('digits', 1, END)
      t.pass(31)
      await t.catalog.sources.acquire('federation:digits', 'rounds', 'aggregator-2', 30)
      await expect(federations.open('digits', roundOf(2), lease)).rejects.toMatchObject({ reason: 'lease_lost' })
    })

    test('end once, and stay as they ended', async () => {
      const { federations } = t.catalog
      await federations.open('digits', roundOf(1), lease)
      await federations.end('digits', 1, END)
      await federations.end('digits', 1, { ...END, state: 'aborted', why: 'late' })
      await federations.stage('digits', 1, 'late')
      const [row] = await federations.rounds('digits')
      expect(row).toMatchObject({
        state: 'committed',
        why: null,
        manifest: 2,
        epsilon: 1.5,
        model: sha('model 1'),
        stage: null,
      })
      expect(await federations.clients('digits', 1)).toEqual(CLIENTS)
      await federations.open('digits', roundOf(2), lease)
      expect((await federations.rounds('digits', 1)).map(({ round }) => round)).toEqual([2])
      expect((await t.actions()).slice(-3)).toEqual(['round.opened', 'round.committed', 'round.opened'])
    })

    test('teach nothing of whom a reviewer clears while they run, and of others what they found', async () => {
      const { federations } = t.catalog
      const mean = { sum: 1, rounds: 1 }
      const all = new Map(['a', 'a:length', 'a b', 'a c', 'b', 'b:length', 'b c', 'bb'].map((about) => [about, mean]))
      const known = async () => [...(await federations.means('digits')).keys()].sort()
      await federations.open('digits', roundOf(1), lease)
      await federations.learn('digits', 1, { liars: [], means: all })
      await federations.end('digits', 1, END)
      await federations.open('digits', roundOf(2), lease)
      await federations.clear('digits', 'b', 'a new sensor')
      await federations.learn('digits', 2, { liars: [], means: all })
      await federations.learn('digits', 2, { liars: [], means: all })
      expect(await known()).toEqual(['a', 'a c', 'a:length', 'bb'])
      await federations.end('digits', 2, END)
      await federations.open('digits', roundOf(3), lease)
      await federations.learn('digits', 3, { liars: [], means: all })
      expect(await known()).toEqual([...all.keys()].sort())
    })

    test('bar who lies in them, whoever was cleared of what came before', async () => {
      const { federations } = t.catalog
      await federations.open('digits', roundOf(1), lease)
      await federations.clear('digits', 'b', 'a new sensor')
      await federations.learn('digits', 1, { liars: ['b'], means: new Map() })
      expect([...(await federations.barred('digits')).keys()]).toEqual(['b'])
    })

    test('leave who was held to the reviewers', async () => {
      const { federations } = t.catalog
      await federations.open('digits', roundOf(1), lease)
      await federations.end('digits', 1, END)
      const held = { ...CLIENTS[1]!, federation: 'digits', round: 1, standing: 'held' }
      expect(await federations.held({})).toEqual([held])
      expect(await federations.held({ federation: 'letters' })).toEqual([])
      const { client: _, federation: __, ...round } = held
      expect(await federations.history('digits', 'b')).toEqual([round])
      expect(await federations.history('digits', 'x')).toEqual([])
      // what was not seen is not cleared
      const stale = { code: 'conflict', reason: 'stale' }
      await expect(federations.clear('digits', 'b', 'a new sensor', { held: [2] })).rejects.toMatchObject(stale)
      expect(await federations.held({ standing: 'held' })).toEqual([held])
      expect(await federations.clear('digits', 'b', 'a new sensor', { held: [1] })).toBe(1)
      expect(await federations.clear('digits', 'b', 'again')).toBe(0)
      expect(await federations.held({ standing: 'held' })).toEqual([])
      expect(await federations.held({ federation: 'digits', standing: 'cleared' })).toEqual([
        { ...held, standing: 'cleared' },
      ])
      expect((await t.actions()).at(-1)).toBe('client.cleared')
    })
  })
}
