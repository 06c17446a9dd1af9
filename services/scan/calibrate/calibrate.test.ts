import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { calibrateRanking } from './ranking.ts'
import { calibrateAlone, calibrateByHistory, PLANTED_AMONG_LABELLED, SUSPECTED, surpriseOdds } from './absolute.ts'
import { isotonic } from './isotonic.ts'

const random = seededRandom(7, 'calibrate test')
const exponential = (n: number) => Float64Array.from({ length: n }, () => -Math.log(1 - random.next()))
const suspects = (logOdds: Float64Array) => logOdds.filter((l) => l >= 0).length
const ranks = (scores: Float64Array) => [...scores.keys()].sort((a, b) => scores[a]! - scores[b]!)

describe('calibrateAlone', () => {
  it('suspects nobody for standing at the top of a tail, however long', () => {
    expect(suspects(calibrateAlone(exponential(8000)))).toBe(0)
    const heavy = exponential(8000).map((x) => Math.exp(x / 2))
    expect(suspects(calibrateAlone(heavy))).toBe(0)
  })

  it('suspects a narrow cluster far beyond the bulk, and nobody else', () => {
    const scores = exponential(8000)
    for (let i = 0; i < 60; i++) scores[i] = 14 + 0.2 * random.next()
    const logOdds = calibrateAlone(scores)
    expect(suspects(logOdds.subarray(0, 60))).toBe(60)
    expect(suspects(logOdds.subarray(60))).toBe(0)
  })

  it('suspects no pile far out where all scores are piles', () => {
    const drawn = seededRandom(7, 'piles')
    const scores = Float64Array.from({ length: 166 }, (_, i) => (i < 16 ? 8 : drawn.below(3) / 2))
    expect(suspects(calibrateAlone(scores))).toBe(0)
    const spread = scores.map((score, i) => (i < 16 ? score : score + drawn.next()))
    expect(suspects(calibrateAlone(spread))).toBe(16)
  })

  it('does not suspect a second mode that lies near', () => {
    const scores = exponential(8000)
    for (let i = 0; i < 300; i++) scores[i] = 4 + 0.1 * random.next()
    expect(suspects(calibrateAlone(scores))).toBe(0)
  })

  it('where tails are light, suspects several beyond any that the bulk leads to expect, and never one alone', () => {
    const scores = exponential(8000)
    for (let i = 0; i < 40; i++) scores[i] = 12 + 10 * random.next()
    const logOdds = calibrateAlone(scores, { planted: PLANTED_AMONG_LABELLED })
    expect(suspects(logOdds.subarray(0, 40))).toBeGreaterThan(30)
    expect(suspects(logOdds.subarray(40))).toBeLessThanOrEqual(2)
    expect(suspects(calibrateAlone(exponential(8000), { planted: PLANTED_AMONG_LABELLED }))).toBe(0)
    const one = exponential(8000)
    one[0] = 40
    expect(suspects(calibrateAlone(one, { planted: PLANTED_AMONG_LABELLED }))).toBe(0)
  })

  it('counts what comes again as one, where it is told to', () => {
    const scores = exponential(8000)
    for (let i = 0; i < 10; i++) scores[i] = 14
    const reading = { planted: PLANTED_AMONG_LABELLED }
    expect(suspects(calibrateAlone(scores, reading))).toBe(10)
    expect(suspects(calibrateAlone(scores, { ...reading, copiesAsOne: true }))).toBe(0)
    for (let i = 0; i < 10; i++) scores[i] = 14 + random.next()
    expect(suspects(calibrateAlone(scores, { ...reading, copiesAsOne: true }).subarray(0, 10))).toBe(10)
  })

  it('suspects a twentieth of the records beyond a light tail, and nobody where there is none', () => {
    const normals = () => Float64Array.from({ length: 2000 }, () => random.normal())
    const scores = normals()
    for (let i = 0; i < 100; i++) scores[i] = 5 + random.next()
    const logOdds = calibrateAlone(scores, { planted: PLANTED_AMONG_LABELLED })
    expect(suspects(logOdds.subarray(0, 100))).toBeGreaterThan(90)
    expect(suspects(logOdds.subarray(100))).toBe(0)
    expect(suspects(calibrateAlone(normals(), { planted: PLANTED_AMONG_LABELLED }))).toBe(0)
  })

  it('ranks two dozen far out among four hundred before what a mere ranking puts first, and holds none of them', () => {
    const drawn = seededRandom(7, 'two dozen')
    const scores = Float64Array.from({ length: 400 }, () => drawn.normal())
    for (let i = 0; i < 24; i++) scores[i] = 3.2 + 0.6 * drawn.next()
    const first = Math.max(...surpriseOdds(Float64Array.from(scores.keys())))
    const before = (byExcess: boolean) => {
      const logOdds = calibrateAlone(scores, { planted: PLANTED_AMONG_LABELLED, byExcess })
      expect(suspects(logOdds)).toBe(0)
      return logOdds.subarray(0, 24).filter((l) => l > first && l >= SUSPECTED).length
    }
    expect(before(true)).toBeGreaterThan(20)
    expect(before(false)).toBe(0)
  })

  it('ranks as the scores do', () => {
    const scores = exponential(2000)
    scores.fill(20, 0, 10)
    const logOdds = calibrateAlone(scores)
    const order = ranks(scores)
    for (let k = 1; k < order.length; k++) expect(logOdds[order[k]!]).toBeGreaterThanOrEqual(logOdds[order[k - 1]!]!)
  })
})

describe('calibrateByHistory', () => {
  it('suspects nobody whose score is as history has it', () => {
    expect(suspects(calibrateByHistory(exponential(10_000), (x) => x))).toBeLessThanOrEqual(2)
  })

  it('suspects an excess that is spread too wide to be a cluster', () => {
    const scores = exponential(10_000)
    for (let i = 0; i < 100; i++) scores[i] = 9 + 20 * random.next()
    const logOdds = calibrateByHistory(scores, (x) => x)
    expect(suspects(logOdds.subarray(0, 100))).toBeGreaterThan(90)
    expect(suspects(logOdds.subarray(100))).toBeLessThanOrEqual(5)
  })

  it('suspects nobody where the whole window scores a little higher, and still what is far out in it', () => {
    const scores = exponential(2000).map((x) => x + 1.2)
    expect(suspects(calibrateByHistory(scores, (x) => x))).toBeLessThanOrEqual(1)
    for (let i = 0; i < 40; i++) scores[i] = 11 + random.next()
    const logOdds = calibrateByHistory(scores, (x) => x)
    expect(suspects(logOdds.subarray(0, 40))).toBe(40)
    expect(suspects(logOdds.subarray(40))).toBeLessThanOrEqual(1)
  })

  it('suspects nobody where all of a window varies more than the history, and still what is far out where it varies little more', () => {
    const wider = exponential(2000).map((x) => 1.8 * x)
    expect(suspects(calibrateByHistory(wider, (x) => x))).toBeLessThanOrEqual(1)
    // the upper half varies more, and the middle is where it was: that is a tail
    const tailed = exponential(2000).map((x) => (x < 1 ? x : 1 + 2 * (x - 1)))
    expect(suspects(calibrateByHistory(tailed, (x) => x))).toBeGreaterThan(10)
    const little = exponential(2000).map((x, i) => (i === 0 ? 11 : Math.min(9, 1.12 * x)))
    expect(suspects(calibrateByHistory(little, (x) => x).subarray(0, 1))).toBe(1)
  })

  it('suspects two fifths that are far out, and all of a window that is nothing like the history', () => {
    const scores = exponential(1000).map((x, i) => (i < 400 ? 9 + x / 9 : x))
    expect(suspects(calibrateByHistory(scores, (x) => x).subarray(0, 400))).toBe(400)
    expect(
      suspects(
        calibrateByHistory(
          exponential(1000).map((x) => x + 8),
          (x) => x,
        ),
      ),
    ).toBe(1000)
  })

  it('counts copies of one record once, so that four of them far out are no excess', () => {
    const scores = exponential(500)
    const copies = [3, 120, 121, 400]
    for (const i of copies) scores[i] = 8
    const counts = new Float64Array(500).fill(1)
    for (const i of copies) counts[i] = 1 / copies.length
    expect(suspects(Float64Array.from(copies, (i) => calibrateByHistory(scores, (x) => x)[i]!))).toBe(4)
    expect(suspects(Float64Array.from(copies, (i) => calibrateByHistory(scores, (x) => x, counts)[i]!))).toBe(0)
  })

  it('expects as many far out whether or not the bulk is of copies, and suspects no more for them', () => {
    const n = 2000
    const usual = Float64Array.from({ length: n }, (_, i) => -Math.log((i + 0.5) / n))
    // Four fifths are one record that comes again, which the history has as often.
    const counts = usual.map((score) => (score < Math.log(5) ? 1 / 1600 : 1))
    expect(suspects(calibrateByHistory(usual, (x) => x, counts))).toBe(0)
    const planted = usual.map((score, i) => (i % 40 === 1 ? 9 + i / n : score))
    const odds = calibrateByHistory(planted, (x) => x, counts.with(1, 1))
    expect(suspects(odds)).toBe(50)
  })
})

describe('calibrateRanking', () => {
  it('gives ranks the posterior of their neighbourhood, in the order of the scores', () => {
    const scores = exponential(3000)
    const posterior = scores.map((x) => (x > 4 ? 0.95 : 0.001))
    const logOdds = calibrateRanking(scores, posterior)
    const order = ranks(scores)
    for (let k = 1; k < order.length; k++) expect(logOdds[order[k]!]).toBeGreaterThan(logOdds[order[k - 1]!]!)
    const wrong = [...scores.keys()].filter((i) => logOdds[i]! >= 0 !== scores[i]! > 4)
    expect(wrong.length).toBeLessThan(25)
  })

  it('leaves out what has no posterior', () => {
    const logOdds = calibrateRanking(Float64Array.of(3, 2, 1), Float64Array.of(Number.NaN, 0.5, 0.5))
    expect(logOdds[0]).toBe(-Infinity)
    expect(Number.isFinite(logOdds[1])).toBe(true)
  })
})

it('pools adjacent violators into weighted means', () => {
  expect([...isotonic(Float64Array.of(1, 3, 1, 4), Float64Array.of(1, 1, 3, 1))]).toEqual([1, 1.5, 1.5, 4])
})
