import { test as property, fc } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { LANES } from './binary.ts'
import { laneMemory } from './lane-code.ts'
import { createLanes, plainLanes, type Lanes } from './lanes.ts'
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

  test.each([2 ** 15 - 1, 2 ** 15, 2 ** 15 + 1, 2 ** 16 + 3])('of %s words, piece by piece', (count) => {
    const [start, some, packed] = [words(count), words(count), keyStream(random(32), Math.ceil((count * 27) / 8))]
    const [fast, plain] = both(count, (lanes) => {
      lanes.add(start)
      lanes.take(some)
      lanes.addPacked(packed, count, 27)
    })
    expect(fast!.every((word, i) => word === plain![i])).toBe(true)
  })
})
