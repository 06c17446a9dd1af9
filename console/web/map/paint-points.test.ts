import { expect, test } from 'vitest'
import { paint, type Ordered, type View } from './paint-points.ts'

const SIDE = 8
const WHOLE: View = { x: 0, y: 0, scale: 1 }
const RED = [255, 0, 0]
const BLUE = [0, 0, 255]

type Placed = readonly [x: number, y: number, colour: readonly number[]]

function points(plain: readonly Placed[], out: readonly Placed[] = [], size = 2): Ordered {
  const all = [...plain, ...out]
  const inkOf = ([red = 0, green = 0, blue = 0]: readonly number[]) => 0xff000000 | (blue << 16) | (green << 8) | red
  return {
    count: all.length,
    plain: plain.length,
    xy: Float32Array.from(all.flatMap(([x, y]) => [x, y])),
    inks: Uint32Array.from(all.map(([, , colour]) => inkOf(colour))),
    size,
  }
}

/** A letter for each pixel: red, blue, or none. */
function painted(ordered: Ordered, view = WHOLE, most = Infinity): string[] {
  const pixels = new Uint8ClampedArray(4 * SIDE * SIDE)
  paint(pixels, SIDE, ordered, view, most)
  const letter = (i: number) => (pixels[4 * i + 3] === 0 ? '.' : pixels[4 * i] === 255 ? 'r' : 'b')
  return Array.from({ length: SIDE }, (_, y) => Array.from({ length: SIDE }, (_, x) => letter(y * SIDE + x)).join(''))
}

test('a point is a square about its place; what stands out is twice as large, and on top', () => {
  const drawn = painted(points([[0.5, 0.5, RED]], [[0.5, 0.5, BLUE]]))
  expect(drawn.slice(2, 6)).toEqual(['..bbbb..', '..bbbb..', '..bbbb..', '..bbbb..'])
  expect([...drawn.slice(0, 2), ...drawn.slice(6)].join('')).toMatch(/^\.+$/)
  expect(painted(points([[0.5, 0.5, RED]]))[3]).toBe('...rr...')
})

test('what lies over an edge is cut there, and what lies beyond it is not drawn', () => {
  const drawn = painted(
    points(
      [
        [0, 0, RED],
        [1, 1, BLUE],
        [1.5, 0.5, RED],
        [0.5, -3, RED],
      ],
      [],
      4,
    ),
  )
  expect(drawn).toEqual([
    'rr......',
    'rr......',
    '........',
    '........',
    '........',
    '........',
    '......bb',
    '......bb',
  ])
})

test('from nearer, points stand apart and grow, up to three times', () => {
  const two = points(
    [
      [0.25, 0.25, RED],
      [0.375, 0.25, BLUE],
    ],
    [],
    1,
  )
  expect(painted(two)[2]).toBe('..rb....')
  const nearer = painted(two, { x: 0.125, y: 0.125, scale: 4 })
  expect(nearer[4]).toBe('...rr..b')
  const nearest = painted(points([[0.5, 0.5, RED]], [], 1), { x: 0.4921875, y: 0.4921875, scale: 64 })
  expect(nearest.join('').replaceAll('.', '')).toHaveLength(9)
})

test('where not all can be drawn, what stands out is', () => {
  const three = points(
    [
      [0.25, 0.25, RED],
      [0.75, 0.25, RED],
    ],
    [[0.5, 0.75, BLUE]],
    1,
  )
  const inks = (most: number) => painted(three, WHOLE, most).join('').replaceAll('.', '')
  expect([3, 2, 1, 0].map(inks)).toEqual(['rrbbbb', 'rbbbb', 'bbbb', ''])
})
