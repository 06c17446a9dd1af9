import { describe, expect, test } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { castRound } from '#test/federate/support/rehearse.ts'
import { clipUpdate } from '../privacy/clip.ts'
import { seededBytes } from '../secure/primitives.ts'
import { quantise } from '../secure/quantise.ts'
import { sketchOf } from '../secure/sketch.ts'
import { NO_PAST, type Past } from './past.ts'
import { judgeSketches, SKETCH_DEFAULTS } from './sketches.ts'

const DIMENSION = 4096
const { terms } = castRound(4, DIMENSION, { terms: { sketch: 256, clip: 1, range: 1 } })
const names = Array.from({ length: 20 }, (_, i) => `site-${String(i).padStart(2, '0')}`)

const noise = (seed: number, label: string, length = 1) => {
  const random = seededRandom(seed, label)
  return Float64Array.from({ length: DIMENSION }, () => (length * random.normal()) / Math.sqrt(DIMENSION))
}
const sum = (a: Float64Array, b: Float64Array) => a.map((value, k) => value + b[k]!)
const COMMON = noise(1, 'common', 0.6)
/** What all have in common, and what each has of its own. */
const honestly = (i: number, round = 0) => sum(COMMON, noise(100 * round + i, 'own', 0.6))

function sketchesOf(update: (i: number) => Float64Array, round = 0, clip = 1): ReadonlyMap<string, Int32Array> {
  const key = seededBytes(`round ${round}`)(32)
  return new Map(
    names.map((name, i) => {
      const { lanes } = quantise(clipUpdate(update(i), clip).update, 1, terms, seededBytes(`${i}`)(32))
      return [name, sketchOf(lanes.words, 1, terms, key)]
    }),
  )
}

describe('updates are judged by their sketches', () => {
  test('nobody is held among owners of different data; a few are left out all the same', () => {
    const { must, may, verdicts } = judgeSketches(sketchesOf(honestly), terms, NO_PAST, SKETCH_DEFAULTS)
    expect({ must, verdicts, left: may.length }).toEqual({ must: [], verdicts: [], left: 5 })
  })

  test('an update that is longer than the terms allow must go, and its neighbour at the bound need not', () => {
    const wide = { ...terms, clip: 8, range: 8 }
    const key = seededBytes('k')(32)
    const update = (i: number) => honestly(i).map((value) => (i === 3 ? 2 : 1) * value)
    const sketches = new Map(
      names.map((name, i) => [name, sketchOf(quantise(update(i), 1, wide, key).lanes.words, 1, wide, key)]),
    )
    const bounded = { ...wide, clip: Math.hypot(...honestly(4)) }
    const { must, verdicts } = judgeSketches(sketches, bounded, NO_PAST, SKETCH_DEFAULTS)
    expect(must).toEqual(['site-03'])
    expect(verdicts).toEqual([
      {
        client: 'site-03',
        ruling: 'reject',
        score: 0,
        why: [expect.stringMatching(/^Its sketch is .* the terms allow/)],
      },
    ])
  })

  test('copies under several names are the first to go, and are held', () => {
    const planted = noise(9, 'planted', 0.9)
    const update = (i: number) => (i >= 16 ? sum(planted, noise(i, 'mine', 0.1)) : honestly(i))
    const { may, verdicts } = judgeSketches(sketchesOf(update), terms, NO_PAST, SKETCH_DEFAULTS)
    expect(may.slice(0, 4).sort()).toEqual(names.slice(16))
    expect(verdicts.map(({ client, ruling }) => `${client} ${ruling}`)).toEqual(names.slice(16).map((n) => `${n} hold`))
  })

  test('who pulls the other way goes, alone or not', () => {
    const update = (i: number) => (i === 7 ? honestly(i).map((value) => -value) : honestly(i))
    const { may, verdicts } = judgeSketches(sketchesOf(update), terms, NO_PAST, SKETCH_DEFAULTS)
    expect(may[0]).toBe('site-07')
    expect(verdicts).toEqual([
      { client: 'site-07', ruling: 'hold', score: expect.any(Number), why: [expect.stringContaining('points away')] },
    ])
  })

  test('what one sketch leaves to chance, several rounds settle', () => {
    const update = (round: number) => {
      const planted = noise(round, 'planted', 0.55)
      return (i: number) => {
        const own = honestly(i, round)
        return i >= 17 ? planted.map((value, k) => value + 0.8 * own[k]!) : own
      }
    }
    let past: Past = NO_PAST
    let found: readonly string[] = []
    for (let round = 1; round <= 12; round++) {
      const judgement = judgeSketches(sketchesOf(update(round), round), terms, past, SKETCH_DEFAULTS)
      past = new Map([...past, ...judgement.learned])
      found = judgement.may
    }
    expect(found).toEqual(expect.arrayContaining(names.slice(17)))
  })

  test('who was honest for forty rounds is found as soon as it is not', () => {
    let past: Past = NO_PAST
    let found: readonly string[] = []
    for (let round = 1; round <= 44; round++) {
      const planted = noise(round, 'planted', 0.9)
      const update = (i: number) => (round > 40 && i >= 17 ? sum(planted, noise(i, 'mine', 0.1)) : honestly(i, round))
      const judgement = judgeSketches(sketchesOf(update, round), terms, past, SKETCH_DEFAULTS)
      past = new Map([...past, ...judgement.learned])
      found = judgement.verdicts.map(({ client }) => client)
    }
    expect(found).toEqual(names.slice(17))
  })

  test('nobody is left out where nobody is suspected beforehand and nobody stands out', () => {
    const rules = { ...SKETCH_DEFAULTS, attackers: 0 }
    expect(judgeSketches(sketchesOf(honestly), terms, NO_PAST, rules).may).toEqual([])
  })
})
