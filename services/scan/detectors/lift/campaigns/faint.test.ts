import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { groupBy } from '../../../view/build-input.ts'
import { createView } from '../../../view/create-view.ts'
import { ResidualisedLift } from '../residualised-lift.ts'
import type { LiftCampaign } from './campaigns.ts'
import { isFaint } from './faint.ts'

const first = (count: number) => Int32Array.from({ length: count }, (_, i) => i)
/** Of `all` records the first `bearing` bear label 0. */
const labelled = (bearing: number, all = 1000) => ({
  of: Int32Array.from({ length: all }, (_, i) => Number(i >= bearing)),
  names: ['a', 'b'],
  counts: Int32Array.of(bearing, all - bearing),
})
const campaign = (members: Int32Array, evidence: number, chance = 0): LiftCampaign => ({
  event: 0,
  evidence,
  tokens: [0],
  members,
  posterior: new Float64Array(members.length).fill(1),
  chance,
})

const anywhere = () => ({ atOnePlace: 0.2, amongWords: 2 })

describe('a word', () => {
  it('is faint where many records bear other labels, and each of the others says little', () => {
    const labels = labelled(100)
    const of = (evidence: number, holders: number) =>
      isFaint(campaign(first(100), evidence), first(holders), labels, anywhere)
    expect(of(19, 200)).toBe(true)
    expect(of(21, 200)).toBe(false)
    expect(of(19, 160)).toBe(false)
  })

  it('is faint where the rest of the texts leans to the label, and each says even less', () => {
    const labels = labelled(400)
    // The label's odds are 2 to 3: leaning are 4 to 3.
    const of = (evidence: number, chance: number) =>
      isFaint(campaign(first(70), evidence, chance), first(70), labels, anywhere)
    expect(of(8, 41)).toBe(true)
    expect(of(8, 39)).toBe(false)
    expect(of(9, 41)).toBe(false)
  })

  it('is faint where it is in use and the rest of the texts leans to the label a little', () => {
    const labels = labelled(400)
    // The label's odds are 2 to 3: a little more are 13 to 15.
    const of = (amongWords: number, chance: number, evidence = 8) =>
      isFaint(campaign(first(70), evidence, chance), first(70), labels, () => ({ atOnePlace: 0.2, amongWords }))
    expect([19, 20].map((often) => of(often, 33))).toEqual([false, true])
    expect(of(20, 32)).toBe(false)
    expect(of(20, 33, 9)).toBe(false)
  })

  it('is not faint where it stands at one place', () => {
    const labels = labelled(100)
    const at = (atOnePlace: number) =>
      isFaint(campaign(first(100), 19), first(200), labels, () => ({ atOnePlace, amongWords: 2 }))
    expect([0.5, 0.6].map(at)).toEqual([true, false])
  })

  it('is held by records without a label, too, which count for nothing', () => {
    const labels = {
      of: Int32Array.from(first(1000), (i) => (i < 100 ? 0 : -1)),
      names: ['a', 'b'],
      counts: Int32Array.of(100, 0),
    }
    expect(isFaint(campaign(first(100), 1), first(200), labels, anywhere)).toBe(false)
  })
})

/** The words that are reported of short texts, 200 or fewer of which hold one; it gives them the label `a` to `share`. */
async function reported(size: number, share: number): Promise<number> {
  const n = 2000
  const random = seededRandom(6, 'texts by rules')
  const made = Array.from({ length: n }, (_, i) => {
    const label = random.next() < 0.1 ? 'a' : 'b'
    const word = () => (random.next() < 0.6 ? `${label}${random.below(150)}` : `both${random.below(150)}`)
    const words = Array.from({ length: 8 }, word)
    if (i >= size) return [words.join(' '), label]
    words.splice(random.below(9), 0, 'but')
    return [words.join(' '), random.next() < share ? 'a' : label]
  })
  const labels = groupBy(made.map(([, label]) => label!))!
  const samples = { kind: 'text' as const, texts: made.map(([text]) => text!) }
  const view = createView({ n, seed: 1, samples, labels, contributors: null }, await createEngine())
  return (await new ResidualisedLift().score(view)).groups.length
}

it('is not reported, though its evidence adds up', async () => {
  expect(await reported(200, 0.4)).toBe(0)
  expect(await reported(100, 0.4)).toBe(1)
})
