import { test as property, fc } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { LANES } from './binary.ts'
import { laneMemory } from './lane-code.ts'
import type { Lanes } from './lane-types.ts'
import { createLanes } from './lanes.ts'
import { plainLanes } from './plain-lanes.ts'
import { keyStream, seededBytes } from '../primitives.ts'
import { wordsOf } from '../quantise.ts'

const random = seededBytes('lanes')
const words = (count: number) => wordsOf(keyStream(random(32), 4 * count))

/** Does the same to both, and says what has become of each. */
function both(length: number, run: (lanes: Lanes) => void): Int32Array[] {
  return [createLanes(length), plainLanes(length)].map((lanes) => {
    run(lanes)
    return lanes.words
  })
}

describe('lanes', () => {
  test('are what their source builds', async () => {
    const builder: string = new URL('../../../../tools/kernels.mjs', import.meta.url).href
    const { buildKernels } = (await import(builder)) as { buildKernels: (name: string) => Promise<Uint8Array> }
    expect(Buffer.from(await buildKernels('LANES')).toString('base64')).toBe(LANES)
  }, 120_000)

  test('are WebAssembly here', () => {
    expect(laneMemory(1)?.buffer.byteLength).toBe(2 ** 16)
  })

  property.prop([fc.nat(70), fc.nat(70), fc.nat(20)])('add and take away as plain loops do', (before, count, after) => {
    const [start, some, more] = [words(before + count + after), words(count), words(count)]
    const [fast, plain] = both(start.length, (lanes) => {
      lanes.add(start)
      lanes.add(some, before)
      lanes.take(more, before)
    })
    expect(fast).toEqual(plain)
    expect(plain!.slice(before, before + count)).toEqual(some.map((word, i) => start[before + i]! + word - more[i]!))
  })

  property.prop([fc.integer({ min: 2, max: 31 }), fc.nat(70)])(
    'add packed numbers as plain loops do',
    (width, count) => {
      const packed = keyStream(random(32), Math.ceil((count * width) / 8))
      const [fast, plain] = both(count + 3, (lanes) => {
        lanes.add(words(0))
        lanes.addPacked(packed, count, width)
        lanes.addPacked(packed, count, width)
      })
      expect(fast).toEqual(plain)
    },
  )

  property.prop([fc.integer({ min: 2, max: 31 }), fc.integer({ min: 1, max: 70 })])(
    'pack numbers as plain loops do, which are read back',
    (width, count) => {
      const start = words(count + 3)
      const packed: Uint8Array[] = []
      both(count + 3, (lanes) => {
        lanes.add(start)
        packed.push(lanes.pack(count, width))
      })
      expect(packed[0]).toEqual(packed[1])
      const lanes = createLanes(count)
      lanes.addPacked(packed[0]!, count, width)
      expect([...lanes.words]).toEqual([...start.subarray(0, count)].map((word) => word & (2 ** width - 1)))
    },
  )

  const value = fc.oneof(
    fc.double({ min: -9, max: 9, noNaN: true }),
    fc.constantFrom(8, -8, -0, 1e308, Number.NaN, Infinity, -Infinity),
  )
  property.prop([fc.array(value, { minLength: 1, maxLength: 70 }), fc.nat(3), fc.integer({ min: 1, max: 65_535 })])(
    'make whole steps as plain loops do, and leave what stands behind them',
    (values, at, weight) => {
      const [start, chances] = [words(values.length + 6), words(values.length)]
      const outside: number[] = []
      const scale = { range: 8, scale: (2 ** 20 - 1) / 16, top: 2 ** 20 - 1, weight }
      const [fast, plain] = both(start.length, (lanes) => {
        lanes.add(start)
        outside.push(lanes.quantise(Float64Array.from(values), chances, at, scale))
      })
      expect(outside[0]).toBe(outside[1])
      const finite = values.every(Number.isFinite)
      expect(outside[0]).toBe(finite ? values.filter((value) => Math.abs(value) > 8).length : -1)
      if (finite) expect(fast).toEqual(plain)
    },
  )

  property.prop([fc.integer({ min: 1, max: 70 }), fc.nat(10), fc.integer({ min: 1, max: 3000 })])(
    'read sums as plain loops do, to the last bit',
    (count, spare, weight) => {
      const start = words(count)
      const middle = Math.floor((weight * (2 ** 20 - 1)) / 2)
      const means: Float64Array[] = []
      both(count, (lanes) => {
        lanes.add(start)
        means.push(lanes.mean(count, { middle, spare, weight, step: 16 / (2 ** 20 - 1), range: 8 }))
      })
      expect(means[0]).toEqual(means[1])
    },
  )

  test.each([2 ** 14 - 1, 2 ** 14, 2 ** 14 + 1, 2 ** 16 + 3])('of %s words, piece by piece', (count) => {
    const [start, some, packed] = [words(count), words(count), keyStream(random(32), Math.ceil((count * 27) / 8))]
    const values = Float64Array.from(some, (word) => word / 2 ** 28)
    const others: Uint8Array[] = []
    const [fast, plain] = both(count + 1, (lanes) => {
      lanes.quantise(values, start, 0, { range: 8, scale: 2 ** 15, top: 2 ** 19, weight: 3 })
      lanes.take(some)
      lanes.addPacked(packed, count, 27)
      const mean = lanes.mean(count, { middle: 2 ** 30, spare: 2, weight: 3, step: 0.1, range: 8 })
      others.push(lanes.pack(count, 23), new Uint8Array(mean.buffer))
    })
    expect(fast!.every((word, i) => word === plain![i])).toBe(true)
    for (const k of [0, 1]) expect(Buffer.compare(others[k]!, others[2 + k]!)).toBe(0)
  })
})
