import { expect, test } from 'vitest'
import { paint, type Ordered, type View } from './paint-points.ts'

const SIDE = 8
const WHOLE: View = { x: 0, y: 0, scale: 1 }
const RED = [255, 0, 0]
const BLUE = [0, 0, 255]

function points(...of: readonly (readonly [x: number, y: number, size: number, colour: readonly number[]])[]): Ordered {
  return {
    count: of.length,
    xy: Float32Array.from(of.flatMap(([x, y]) => [x, y])),
    colours: Uint8Array.from(of.flatMap(([, , , colour]) => colour)),
    sizes: Float32Array.from(of.map(([, , size]) => size)),
  }
}

/** A letter for each pixel: red, blue, or none. */
function painted(ordered: Ordered, view = WHOLE): string[] {
  const pixels = new Uint8ClampedArray(4 * SIDE * SIDE)
  paint(pixels, SIDE, ordered, view)
  const letter = (i: number) => (pixels[4 * i + 3] === 0 ? '.' : pixels[4 * i] === 255 ? 'r' : 'b')
  return Array.from({ length: SIDE }, (_, y) => Array.from({ length: SIDE }, (_, x) => letter(y * SIDE + x)).join(''))
}

test('a point is a square about its place, and the last lies on top', () => {
  const drawn = painted(points([0.5, 0.5, 4, RED], [0.5, 0.5, 2, BLUE]))
  expect(drawn.slice(2, 6)).toEqual(['..rrrr..', '..rbbr..', '..rbbr..', '..rrrr..'])
  expect([...drawn.slice(0, 2), ...drawn.slice(6)].join('')).toMatch(/^\.+$/)
})

test('what lies over an edge is cut there, and what lies beyond it is not drawn', () => {
  const drawn = painted(points([0, 0, 4, RED], [1, 1, 4, BLUE], [1.5, 0.5, 4, RED], [0.5, -3, 4, RED]))
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
  const two = points([0.25, 0.25, 1, RED], [0.375, 0.25, 1, BLUE])
  expect(painted(two)[2]).toBe('..rb....')
  const nearer = painted(two, { x: 0.125, y: 0.125, scale: 4 })
  expect(nearer[4]).toBe('...rr..b')
  const nearest = painted(points([0.5, 0.5, 1, RED]), { x: 0.4921875, y: 0.4921875, scale: 64 })
  expect(nearest.join('').replaceAll('.', '')).toHaveLength(9)
})
