import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { MARKS_KEPT, mergeSketches, repeatedShare, type Sketch } from './delivery-sketch.ts'

const markOf = (item: unknown) => createHash('sha256').update(String(item)).digest('hex').slice(0, 16)
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
/** As windows of 100 items bring it. */
function sketch(items: readonly unknown[]): Sketch {
  let all: Sketch = { marks: [], items: 0 }
  for (let at = 0; at < items.length; at += 100) {
    const some = items.slice(at, at + 100)
    all = mergeSketches(all, { marks: some.map(markOf), items: some.length })
  }
  return all
}
const share = (a: readonly unknown[], b: readonly unknown[]) => {
  const [one, other] = [repeatedShare(sketch(a), sketch(b)), repeatedShare(sketch(b), sketch(a))]
  expect(one).toBe(other)
  return one
}

describe('sketches of deliveries', () => {
  test('are the same however windows cut them', () => {
    const items = range(0, 1000)
    const whole = mergeSketches({ marks: [], items: 0 }, { marks: items.map(markOf), items: 1000 })
    expect(sketch(items)).toEqual(whole)
    expect(whole.marks).toHaveLength(MARKS_KEPT)
  })

  test('tell a copy, nearly a copy, and one that holds the other', () => {
    expect(share(range(0, 5), range(0, 5))).toBe(1)
    expect(share(range(0, 5000), range(0, 5000))).toBe(1)
    expect(share(range(0, 5000), range(100, 5000))).toBeGreaterThan(0.9)
    expect(share(range(0, 5000), range(0, 12_000))).toBeGreaterThan(0.9)
    expect(share(range(0, 40), range(0, 60))).toBe(1)
  })

  test('tell nothing of others', () => {
    expect(share(range(0, 5000), range(5000, 10_000))).toBeNull()
    expect(share(range(0, 5000), range(2500, 7500))).toBeNull()
    expect(share(range(0, 1), range(1, 2))).toBeNull()
    expect(share(range(0, 5), range(0, 6))).toBeNull() // too few for more than whole copies
    expect(share([], range(0, 6))).toBeNull()
    expect(share([], [])).toBeNull()
  })

  test('tell nothing where items repeat one another', () => {
    const coin = (from: number, to: number) => range(from, to).map((i) => ['heads', 'tails'][i % 2])
    expect(share(coin(0, 1000), coin(1, 900))).toBeNull()
    expect(
      share(
        range(0, 1000).map((i) => i % 200),
        range(0, 200),
      ),
    ).toBeNull()
  })
})
