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

  it('are none of a table', () => {
    expect(nearestAdmitted(held, window, { features: { kind: 'table' } } as unknown as Contract)).toEqual([[], [], []])
  })
})
