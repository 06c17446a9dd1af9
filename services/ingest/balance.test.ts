import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import type { ShardLease } from '#runtime/catalog/catalog.ts'
import { balance } from './balance.ts'
import type { Shard } from './source.ts'

const held = (shard: string, owner: string): ShardLease => ({ shard, owner, finished: false })
const finished = (shard: string): ShardLease => ({ shard, owner: null, finished: true })
const shards = (...ids: string[]): Shard[] => ids.map((id) => ({ id }))

describe('balance', () => {
  test('gives one reader everything', () => {
    const input = { shards: shards('a', 'b', 'c'), leases: [], readers: ['me'], owner: 'me', reading: [] }
    expect(balance(input)).toEqual({ take: ['a', 'b', 'c'], leave: [] })
  })

  test('makes room for a reader that came', () => {
    const leases = ['a', 'b', 'c', 'd'].map((id) => held(id, 'me'))
    const input = { shards: shards('a', 'b', 'c', 'd'), leases, readers: ['me', 'you'], owner: 'me' }
    expect(balance({ ...input, reading: ['a', 'b', 'c', 'd'] })).toEqual({ take: [], leave: ['c', 'd'] })
  })

  test('takes nothing that somebody holds, and what a silent reader left', () => {
    const leases = [held('a', 'you'), { shard: 'b', owner: null, finished: false }]
    const input = { shards: shards('a', 'b'), leases, readers: ['me'], owner: 'me', reading: [] }
    expect(balance(input).take).toEqual(['b'])
  })

  test('reads children only after all their parents', () => {
    const split: Shard[] = [{ id: 'p' }, { id: 'c1', after: ['p'] }, { id: 'c2', after: ['p', 'gone'] }]
    const input = { shards: split, readers: ['me'], owner: 'me', reading: [] }
    expect(balance({ ...input, leases: [] }).take).toEqual(['p'])
    expect(balance({ ...input, leases: [finished('p')] }).take).toEqual(['c1', 'c2'])
  })

  test('never takes up a finished shard', () => {
    const input = { shards: shards('a'), leases: [finished('a')], readers: ['me'], owner: 'me', reading: [] }
    expect(balance(input)).toEqual({ take: [], leave: [] })
  })

  const anyWorld = fc.record({ shards: fc.nat(30), readers: fc.integer({ min: 1, max: 7 }) })
  property.prop([anyWorld, fc.array(fc.nat(6), { maxLength: 30 })])(
    'settles within a few rounds, whoever held what, with every shard read by one and even shares',
    (world, start) => {
      const all = shards(...Array.from({ length: world.shards }, (_, i) => `s${String(i).padStart(2, '0')}`))
      const readers = Array.from({ length: world.readers }, (_, i) => `r${i}`)
      const owners = new Map(all.map(({ id }, i) => [id, readers[(start[i] ?? 9) % 9]] as const))
      const readingOf = (owner: string) => all.filter(({ id }) => owners.get(id) === owner).map(({ id }) => id)
      for (let round = 0; round < 4; round++) {
        for (const owner of readers) {
          const leases = [...owners].flatMap(([id, by]) => (by === undefined ? [] : [held(id, by)]))
          const plan = balance({ shards: all, leases, readers, owner, reading: readingOf(owner) })
          for (const id of plan.leave) owners.set(id, undefined)
          for (const id of plan.take) {
            expect(owners.get(id)).toBeUndefined()
            owners.set(id, owner)
          }
        }
      }
      const sizes = readers.map((owner) => readingOf(owner).length)
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(all.length)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    },
  )
})
