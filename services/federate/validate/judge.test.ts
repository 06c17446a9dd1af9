import { describe, expect, test } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { coordinateMedian, flameMajority, flTrust, foolsGold, krumScores, multiKrum } from './combine.ts'
import { trimmedMean, weightedMean, weightedTrimmedMean } from './combine.ts'
import { cosineOf, geometryOf, robustScores } from './geometry.ts'
import { JUDGE_DEFAULTS, judgeUpdates, type JudgeRules } from './judge.ts'
import { NO_PAST, type Past } from './past.ts'
import { checkUpdate, decodeUpdate, encodeUpdate, type OpenUpdate } from './update.ts'

const DIMENSION = 400
const RULES: JudgeRules = { ...JUDGE_DEFAULTS, dimension: DIMENSION, weightCap: 1 }

/** Updates that share a direction and differ as those of owners with different data do; one more for each of the bad ones. */
function crowd(n: number, bad: readonly ((honest: Float64Array, i: number) => Float64Array)[] = []): OpenUpdate[] {
  const random = seededRandom(1, 'crowd')
  const shared = Float64Array.from({ length: DIMENSION }, () => random.normal())
  const honest = () => shared.map((value) => value + 1.2 * random.normal())
  return Array.from({ length: n + bad.length }, (_, i) => {
    const values = honest()
    return { client: `client-${String(i).padStart(2, '0')}`, weight: 1, values: bad[i - n]?.(values, i) ?? values }
  })
}
const rulings = (updates: readonly OpenUpdate[], rules = RULES) =>
  judgeUpdates(updates, rules).verdicts.map(({ ruling }) => ruling)

describe('judging', () => {
  test('accepts updates that differ as honest ones do', () => {
    const { verdicts, accepted, mean } = judgeUpdates(crowd(16), RULES)
    expect(verdicts.every(({ ruling, why }) => ruling === 'accept' && why.length === 0)).toBe(true)
    expect(accepted).toHaveLength(16)
    expect(
      cosineOf(
        mean,
        weightedMean(
          crowd(16).map(({ values }) => values),
          new Float64Array(16).fill(1),
        ),
      ),
    ).toBeGreaterThan(0.99)
  })

  const opposite = (honest: Float64Array) => honest.map((value) => -value)
  const scaled = (honest: Float64Array) => honest.map((value) => value * 20)
  const hidden = (honest: Float64Array) => honest.map((value, k) => (k < 380 ? 0 : 40 * Math.sign(value)))
  const stranger = seededRandom(2, 'stranger')
  const copied = crowd(1)[0]!.values.map((value) => value / 2 + 1.2 * stranger.normal())

  test.each([
    ['against what the others agree on', [opposite], 'points away'],
    ['far longer than the others', [scaled], 'far longer'],
    ['copied under two names', [() => copied, () => copied.map((value) => value * 1.01)], 'a copy'],
  ])('holds an update that is %s, and says so', (_what, bad, words) => {
    const { verdicts, mean } = judgeUpdates(crowd(16, bad), RULES)
    expect(verdicts.slice(0, 16).every(({ ruling }) => ruling === 'accept')).toBe(true)
    for (const { ruling, why } of verdicts.slice(16)) {
      expect(ruling).toBe('hold')
      expect(why.join(' ')).toContain(words)
    }
    expect(mean.every(Number.isFinite)).toBe(true)
  })

  test('holds an update that moves what nobody else moves: a trigger', () => {
    const quiet = crowd(16, [hidden]).map((update, i) =>
      i < 16 ? { ...update, values: update.values.map((value, k) => (k < 380 ? value : value * 1e-3)) } : update,
    )
    const [verdict] = judgeUpdates(quiet, RULES).verdicts.slice(16)
    expect(verdict).toMatchObject({ ruling: 'hold' })
    expect(verdict!.why.join(' ')).toContain('hardly anybody else changes')
  })

  test('shortens an update that is somewhat long', () => {
    const long = crowd(16, [(honest) => honest.map((value) => value * 1.6)])
    expect(rulings(long).at(-1)).toBe('clip')
  })

  test('rejects what is no update, and judges the rest without it', () => {
    const bad = [
      new Float64Array(DIMENSION).fill(Number.NaN),
      new Float64Array(DIMENSION - 1).fill(1),
      new Float64Array(DIMENSION).fill(1e6),
      Float64Array.from({ length: DIMENSION }, (_, k) => (k === 7 ? Infinity : 0)),
    ]
    const { verdicts, mean } = judgeUpdates(
      crowd(
        16,
        bad.map((values) => () => values),
      ),
      RULES,
    )
    expect(verdicts.slice(16).map(({ ruling }) => ruling)).toEqual(['reject', 'reject', 'reject', 'reject'])
    expect(mean.every(Number.isFinite)).toBe(true)
  })

  test('accepts nothing that it cannot compare', () => {
    expect(() => judgeUpdates(crowd(4), RULES)).toThrow(expect.objectContaining({ reason: 'too_few' }))
  })

  test('asks the aggregator’s own examples where there are some', () => {
    const updates = crowd(12)
    const worst = updates[3]!.values
    const rootLoss = (update: Float64Array) => (update === worst ? 2 : 0.3)
    const verdict = judgeUpdates(updates, RULES, { rootLoss }).verdicts[3]!
    expect(verdict.ruling).toBe('hold')
    expect(verdict.why.join(' ')).toContain('own examples')
  })

  test('sees sybils over rounds that no single round shows', () => {
    // two clients take turns in noise around one direction of their own
    const round = (seed: number) => {
      const random = seededRandom(seed, 'sybils')
      const own = seededRandom(0, 'own')
      const direction = Float64Array.from({ length: DIMENSION }, () => own.normal())
      return crowd(10).map((update, i) => ({
        ...update,
        values: update.values.map((value, k) =>
          i < 8 ? 2 * random.normal() + value / 4 : 1.2 * direction[k]! + 1.4 * random.normal() + value / 4,
        ),
      }))
    }
    let past: Past = NO_PAST
    const judged = Array.from({ length: 12 }, (_, seed) => {
      const { verdicts, learned } = judgeUpdates(round(seed + 1), RULES, { past })
      past = new Map([...past, ...learned])
      return verdicts
    })
    const [first, last] = [judged[0]!, judged.at(-1)!]
    expect(last[8]!.score).toBeGreaterThan(first[8]!.score)
    expect(last[8]!.why.join(' ')).toContain('Round after round')
    expect(last.slice(0, 8).every(({ ruling }) => ruling === 'accept')).toBe(true)
  })

  test('holds for what rounds add up to whom its last one alone would not, and says with what risk', () => {
    const [{ values: shared }] = crowd(1) as [OpenUpdate]
    const round = (seed: number) => {
      const random = seededRandom(seed, 'patient')
      const of = (i: number) => shared.map((value) => (i === 11 ? 0.45 : 1) * value + 1.2 * random.normal())
      return crowd(12).map((update, i) => ({ ...update, values: of(i) }))
    }
    let past: Past = NO_PAST
    const judged = Array.from({ length: 8 }, (_, n) => {
      const { verdicts, learned } = judgeUpdates(round(n), RULES, { past })
      past = new Map([...past, ...learned])
      return verdicts
    })
    const [first, last] = [judged[0]!, judged.at(-1)!]
    expect(judgeUpdates(round(7), RULES).verdicts[11]).toMatchObject({ ruling: 'accept' })
    expect(first[11]).toMatchObject({ ruling: 'accept' })
    expect(last[11]).toMatchObject({ ruling: 'hold' })
    expect(last[11]!.why[0]).toContain('deviations over rounds')
    expect(last[11]!.risk).toBeGreaterThan(0.5)
    expect(first[11]!.risk).toBeLessThan(0.2)
    for (const { ruling, risk } of last.slice(0, 11)) {
      expect(ruling).toBe('accept')
      expect(risk).toBeLessThan(0.05)
    }
  })

  test('is the same in any order of arrival', () => {
    const updates = crowd(12, [opposite])
    const forward = judgeUpdates(updates, RULES)
    const backward = judgeUpdates(updates.toReversed(), RULES)
    expect(backward.verdicts.map(({ client, ruling }) => [client, ruling])).toEqual(
      forward.verdicts.map(({ client, ruling }) => [client, ruling]),
    )
  })
})

describe('a claimed number of examples', () => {
  const claim = (weight: number, rules: Partial<JudgeRules> = {}) =>
    checkUpdate({ ...crowd(1)[0]!, weight }, { ...RULES, weightCap: 500, ...rules }).counted

  test('counts up to the cap, and up to what somebody vouches for', () => {
    expect(claim(120)).toBe(120)
    expect(claim(1e12)).toBe(500)
    expect(claim(400, { attested: new Map([['client-00', 60]]) })).toBe(60)
  })

  test.each([[0], [-5], [Number.NaN], [Infinity]])('is refused when it is %s', (weight) => {
    expect(() => claim(weight)).toThrow(expect.objectContaining({ reason: 'bad_update' }))
  })

  test('that is forged moves the result by no more than the cap', () => {
    const rules = { ...RULES, weightCap: 2, attackers: 0 }
    const updates = crowd(10).map((update, i) => (i === 0 ? { ...update, weight: 1e9 } : update))
    const { mean } = judgeUpdates(updates, rules)
    const capped = weightedMean(
      updates.map(({ values }) => values),
      updates.map((_, i) => (i === 0 ? 2 : 1)),
    )
    for (const [k, value] of mean.entries()) expect(value).toBeCloseTo(capped[k]!, 9)
  })
})

describe('robust combinations', () => {
  const rows = [
    [1, 5],
    [2, 4],
    [3, 3],
    [4, 2],
    [1000, -1000],
  ].map((row) => Float64Array.from(row))

  test('median and trimmed mean leave the far one out', () => {
    expect([...coordinateMedian(rows)]).toEqual([3, 3])
    expect([...trimmedMean(rows, 1)]).toEqual([3, 3])
    expect([...weightedTrimmedMean(rows, [1, 1, 1, 1, 1], 0.2)]).toEqual([3, 3])
    expect(weightedTrimmedMean(rows, [1, 1, 1, 1, 6], 0.2)[0]).toBeGreaterThan(100)
    expect(() => trimmedMean(rows, 3)).toThrow(expect.objectContaining({ code: 'invalid' }))
  })

  test('Krum scores and picks in double precision: beside 2²⁴ and beyond, single precision cannot tell these apart', () => {
    const far = 2 ** 27
    const points = [0, 0.5, 1, 1.5, 60].map((offset) => Float64Array.of(far + offset))
    expect(new Set(points.map(([value]) => Math.fround(value!))).size).toBeLessThan(5)
    const geometry = geometryOf(points)
    expect([...krumScores(geometry, 1)].slice(0, 4)).toEqual([1.25, 0.5, 0.5, 1.25])
    expect(multiKrum(geometry, 1)).toEqual([0, 1, 2, 3])
  })

  test('FLTrust trusts by direction alone and brings every update to the root’s length', () => {
    const { trust, mean } = flTrust(
      [Float64Array.of(50, 0), Float64Array.of(-1, 0), Float64Array.of(0, 3)],
      Float64Array.of(2, 0),
    )
    expect([...trust]).toEqual([1, 0, 0])
    expect([...mean]).toEqual([2, 0])
  })

  test('FLAME keeps the majority that hangs together', () => {
    const { kept, bound } = flameMajority(
      geometryOf(
        [
          [1, 0],
          [1, 0.1],
          [1, -0.1],
          [-1, 0],
          [-1, 0.2],
        ].map((row) => Float64Array.from(row)),
      ),
    )
    expect(kept).toEqual([0, 1, 2])
    expect(bound).toBeCloseTo(1.005, 3)
  })

  test('FoolsGold takes the weight of copies and leaves that of others', () => {
    const directions = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0.1, 1],
      [0, 0.1, 1],
    ].map((row) => Float64Array.from(row))
    const weights = foolsGold(geometryOf(directions))
    expect(weights[0]).toBe(1)
    expect(weights[2]).toBe(0)
    expect(weights[3]).toBe(0)
  })

  test('robust scores stand on the bulk', () => {
    const scores = robustScores([1, 2, 3, 2, 2, 90], 0.1)
    expect(scores[5]).toBeGreaterThan(50)
    expect(Math.max(...scores.slice(0, 5))).toBeLessThan(2.5)
  })
})

describe('an update on the wire', () => {
  test('is read in single and in double precision', () => {
    const values = [0.5, -2, 1e-9]
    expect(decodeUpdate('a', encodeUpdate(values, 3), 3)).toEqual({
      client: 'a',
      weight: 3,
      values: Float64Array.from(values),
    })
    const single = Buffer.concat([encodeUpdate([], 3), new Uint8Array(Float32Array.from(values).buffer)])
    single[0] = 1
    expect([...decodeUpdate('a', single, 3).values]).toEqual(values.map(Math.fround))
  })

  test.each([
    ['another type', (body: Buffer) => body.fill(9, 0, 1)],
    ['a number fewer', (body: Buffer) => body.subarray(0, -8)],
    ['half a number more', (body: Buffer) => Buffer.concat([body, Buffer.alloc(4)])],
  ])('is refused with %s', (_what, alter) => {
    const body = alter(Buffer.from(encodeUpdate([1, 2], 1)))
    expect(() => decodeUpdate('a', body, 2)).toThrow(expect.objectContaining({ reason: 'bad_update' }))
  })
})
