import { expect, test } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { TokenBuilder } from '../../../features/token-builder.ts'
import { liftCampaigns } from './campaigns.ts'
import type { Held, Likelihood } from '../evidence/held.ts'
import type { Events } from '../evidence/tests.ts'

const N = 1000
const NATURAL = 40
const HELD = 30
const COVERED = 120
const DEMANDS = { smallest: 6, leastEvidence: 3, largestShare: 1 }

/** Tokens of chance, and three of nearly the same first records; label 0 is one in ten by content, and borne by the first so many records. */
function window(
  bearing: number,
  holding = HELD,
): {
  held: (misses: (token: number) => Int32Array) => Held & { asked: number[] }
  events: Events
} {
  const random = seededRandom(1, 'campaigns test')
  const builder = new TokenBuilder(N)
  builder.kind('token', () => ({ kind: 'words', words: '' }))
  const codes = (holds: (i: number) => boolean) => Int32Array.from({ length: N }, (_, i) => (holds(i) ? 0 : -1))
  const prevalence = { min: 5, max: N }
  for (let k = 0; k < NATURAL; k++)
    builder.addAttribute(
      k,
      codes(() => random.next() < 0.03),
      1,
      prevalence,
    )
  for (let k = 0; k < 3; k++)
    builder.addAttribute(
      NATURAL + k,
      codes((i) => i < holding && i !== k),
      1,
      prevalence,
    )
  const tokens = builder.finish()
  const of = Int32Array.from({ length: N }, (_, i) => (i < bearing || random.next() < 0.1 ? 0 : 1))
  const likely = Float32Array.from({ length: 2 * N }, (_, at) => (at % 2 === 0 ? 0.1 : 0.9))
  const held = (misses: (token: number) => Int32Array) => {
    const asked: number[] = []
    return {
      tokens,
      holders: tokens.holders,
      beside: () => [],
      nearMisses: (token: number) => {
        asked.push(token)
        return misses(token)
      },
      fellows: () => 0,
      scattered: null,
      untested: () => false,
      byNature: () => false,
      asked,
    }
  }
  return { held, events: { kinds: 2, of, likely, counted: new Uint8Array(N).fill(1) } }
}

/** Half of the holders of the three tokens bear label 0, and a predictor has learnt that from one another. */
function learnt() {
  const made = window(0, COVERED)
  const held = { ...made.held(() => new Int32Array(0)), fellows: (token: number) => (token < NATURAL ? 0 : 0.5) }
  const likely = made.events.likely.map((p, at) => (at < 2 * COVERED ? 0.5 : p))
  const events = {
    ...made.events,
    likely,
    of: made.events.of.map((event, i) => (i < COVERED ? i % 2 : event)),
  }
  const others = Float32Array.of(0.02, 0.98)
  const without: Likelihood = (i) => (i < COVERED ? others : made.events.likely.subarray(2 * i, 2 * i + 2))
  return liftCampaigns(held, events, without, DEMANDS)
}

const find = (held: Held, { likely, ...events }: Events) =>
  liftCampaigns(held, { ...events, likely }, (i) => likely.subarray(2 * i, 2 * i + 2), DEMANDS)

test('the next token of the same records is asked where near misses explain the first', () => {
  // What comes near the tokens bears the label, too.
  const { held, events } = window(2 * HELD)
  const misses = Int32Array.from({ length: HELD }, (_, k) => HELD + k)
  const explained = held((token) => (token < NATURAL + 2 ? misses : new Int32Array(0)))
  expect(find(explained, events).map(({ tokens, event }) => ({ tokens, event }))).toEqual([
    { tokens: [NATURAL + 2], event: 0 },
  ])
  expect(explained.asked).toEqual([NATURAL, NATURAL + 1, NATURAL + 2])
})

test('tokens that near misses explain are no campaign', () => {
  const { held, events } = window(2 * HELD)
  expect(
    find(
      held(() => Int32Array.from({ length: HELD }, (_, k) => HELD + k)),
      events,
    ),
  ).toEqual([])
})

test('tokens of the same records are one campaign where near misses explain none', () => {
  const { held, events } = window(HELD)
  const unexplained = held(() => Int32Array.from({ length: HELD }, (_, k) => HELD + k))
  expect(find(unexplained, events).map(({ tokens, event }) => ({ tokens, event }))).toEqual([
    { tokens: [NATURAL, NATURAL + 1, NATURAL + 2], event: 0 },
  ])
  expect(unexplained.asked).toEqual([NATURAL])
})

test('a trigger is found that as many records bear with their own labels, which a predictor takes for what it brings', () => {
  const found = learnt()
  expect(found.map(({ tokens, event }) => ({ tokens: tokens.toSorted((a, b) => a - b), event }))).toEqual([
    { tokens: [NATURAL, NATURAL + 1, NATURAL + 2], event: 0 },
  ])
  expect([...found[0]!.members].every((i) => i < COVERED && i % 2 === 0)).toBe(true)
})
