import { describe, expect, it } from 'vitest'
import type { Contract } from '#core/contract.ts'
import { seededRandom } from '#core/random.ts'
import type { DataRecord } from '#core/record.ts'
import type { ScoredRecord, Sidecar } from '#core/sidecar.ts'
import { Tensor } from '#core/tensor.ts'
import { nearestAdmitted } from './neighbours.ts'

const SIZE = 3000
const LENGTH = 1200
const random = seededRandom(7)
const contract = { features: { kind: 'vector', field: 'x' } } as Contract

function recordOf(i: number, length: number): DataRecord {
  const data = Float32Array.from({ length }, () => random.normal())
  return {
    id: `r${i}`,
    fields: { x: new Tensor('f32', [length], data) },
    provenance: { source: 's', partition: 'p', position: `${i}` },
  }
}

/** Every hundredth is held; every seventh has fewer numbers than the others. */
const records = Array.from({ length: SIZE }, (_, i) => recordOf(i, i % 7 === 0 ? LENGTH - 1 : LENGTH))
const window = {
  records,
  sidecar: {
    records: records.map(
      ({ id }, index) => ({ id, index, decision: index % 100 === 0 ? 'review' : 'admit' }) as ScoredRecord,
    ),
  } as unknown as Sidecar,
}
const held = [100, 200, 700].map((i) => records[i]!)

function valuesOf({ fields }: DataRecord): Float32Array {
  return (fields['x'] as Tensor).data as Float32Array
}

/** By asking every admitted record of as many numbers. */
function asked(record: DataRecord): string[] {
  const own = valuesOf(record)
  return records
    .filter((other, i) => i % 100 !== 0 && valuesOf(other).length === own.length)
    .map((other) => ({
      id: other.id,
      distance: Math.hypot(...valuesOf(other).map((value, at) => value - own[at]!)),
    }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ id, distance }) => `${id} ${distance.toFixed(3)}`)
}

describe('the admitted records nearest to held ones', () => {
  it('are those that asking every one of them finds, over all blocks of a window, among values of as many numbers', () => {
    const found = nearestAdmitted(held, window, contract)
    expect(found.map((near) => near.map(({ id, distance }) => `${id} ${distance.toFixed(3)}`))).toEqual(held.map(asked))
  })

  it('are none where a record has no values', () => {
    expect(
      nearestAdmitted([{ ...held[0]!, fields: {} }, held[1]!], window, contract).map(({ length }) => length),
    ).toEqual([0, 3])
  })

  it('are rows that differ in the fewest columns, or least', () => {
    const rows = [
      { state: 'Ohio', knots: 100, at: '1999-01-01' },
      { state: 'Iowa', knots: 100, at: '1999-01-01' },
      { state: 'Ohio', knots: 110, at: '1999-01-01' },
      { state: 'Ohio', knots: null, at: '1999-01-01' },
      { state: 'Ohio', knots: 200, at: '1999-03-01' },
      ...Array.from({ length: 20 }, (_, i) => ({ state: `s${i}`, knots: i * 20, at: `1999-0${1 + (i % 9)}-02` })),
    ]
    const records = rows.map((fields, i): DataRecord => ({ ...recordOf(i, 1), fields }))
    const columns = [
      { name: 'state', type: 'category' },
      { name: 'knots', type: 'number' },
      { name: 'at', type: 'time' },
    ]
    const sidecar = {
      records: records.map(({ id }, index) => ({ id, index, decision: index === 0 ? 'quarantine' : 'admit' })),
    }
    const table = { features: { kind: 'table', columns } } as unknown as Contract
    const [near] = nearestAdmitted(records.slice(0, 1), { records, sidecar: sidecar as unknown as Sidecar }, table)
    expect(near?.map(({ id }) => id)).toEqual(['r2', 'r4', 'r1'])
    const distances = near!.map(({ distance }) => distance)
    expect(distances[0]).toBeGreaterThan(0)
    expect(distances[0]).toBeLessThan(0.05)
    // a category that differs is a third of three columns, and so is a value that is not there
    expect(distances[2]).toBeCloseTo(1 / 3)
  })
})
