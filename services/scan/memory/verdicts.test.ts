import { describe, expect, it } from 'vitest'
import type { Campaign, Family } from '#core/score.ts'
import type { Sidecar } from '#core/sidecar.ts'
import { alikeness, likenessOf } from './repeats/likeness.ts'
import { isSameCause, NO_VERDICTS, precisionOf, recalibration, withVerdict, type Verdict } from './verdicts.ts'

/** A window that held these, each suspected by one family, of which some are one campaign. */
function heldBy(families: readonly Family[], campaign?: Partial<Campaign>): Sidecar {
  const records = families.map((family, index) => ({
    id: `r${index}`,
    index,
    risk: 0.8,
    decision: 'quarantine' as const,
    issues: [{ family, score: 0.8, why: '' }],
  }))
  const shared = { id: 'c', family: 'trigger' as const, summary: 'c', members: [0, 1, 2, 3], contributors: [] }
  const campaigns = campaign === undefined ? [] : [{ ...shared, evidence: 9, mitigations: [], ...campaign }]
  return { records, campaigns } as unknown as Sidecar
}

const verdict = (reviewer: string, said: Verdict['said'], count: number, stands = true): Verdict => ({
  reviewer,
  said,
  stands,
  records: new Set(Array.from({ length: count }, (_, i) => `r${i}`)),
})

const after = (verdicts: readonly Verdict[], sidecar: Sidecar) =>
  verdicts.reduce((before, one) => withVerdict(before, sidecar, one), NO_VERDICTS)
const times = (count: number, of: Verdict) => Array.from({ length: count }, () => of)

describe('verdicts', () => {
  const outliers = heldBy(['outlier', 'outlier', 'outlier', 'outlier'])

  it('move a family that was found harmless by one nat for one person and by two for all, and none that nobody judged', () => {
    const shifts = (...verdicts: Verdict[][]) => recalibration(after(verdicts.flat(), outliers)).shifts
    expect(shifts(times(3, verdict('ann', 'released', 4)))).toEqual([])
    const [four] = shifts(times(4, verdict('ann', 'released', 4)))
    expect(four?.family).toBe('outlier')
    expect(four?.nats).toBeCloseTo(0.198, 3)
    expect(shifts(times(90, verdict('ann', 'released', 4)))).toEqual([{ family: 'outlier', nats: 1 }])
    const crowd = ['ann', 'bob', 'cy'].map((name) => times(90, verdict(name, 'released', 4)))
    expect(shifts(...crowd)).toEqual([{ family: 'outlier', nats: 2 }])
    expect(shifts(times(9, verdict('ann', 'released', 4)), times(6, verdict('ann', 'rejected', 1)))).toEqual([])
  })

  it('are of most of what was held: one innocent that was picked says nothing, one rejected does', () => {
    expect(after([verdict('ann', 'released', 1)], outliers).families).toEqual([])
    const [judged] = after([verdict('ann', 'rejected', 1)], outliers).families
    expect(judged).toMatchObject({ by: [{ name: 'ann', released: 0, rejected: 1 }] })
    expect(precisionOf(judged!)).toMatchObject({ released: 0, rejected: 1, mean: 2 / 3 })
  })

  it('reach the cause of a control that stands in no campaign, and each cause once', () => {
    const trigger = { kind: 'tokens' as const, tokens: ['cf'] }
    const letters = heldBy(['trigger', 'trigger', 'trigger', 'trigger'], { trigger })
    const known = after(times(5, verdict('ann', 'released', 4)), letters)
    expect(recalibration(known).causes).toHaveLength(1)
    const spared = [{ cause: 'c', members: [0, 1, 2, 3] }]
    for (const sidecar of [
      { ...letters, spared },
      { ...letters, campaigns: [], spared },
    ]) {
      const rejected = withVerdict(known, sidecar, verdict('bob', 'rejected', 1))
      expect(recalibration(rejected).causes).toEqual([])
      expect(rejected.causes[0]?.by).toContainEqual({ name: 'bob', released: 0, rejected: 1 })
      expect(withVerdict(rejected, sidecar, verdict('bob', 'rejected', 1, false)).causes[0]?.by[0]).toEqual(
        known.causes[0]?.by[0],
      )
    }
  })

  it('end as though they had not been given where they are taken back', () => {
    const given = times(5, verdict('ann', 'released', 4))
    const back = times(5, verdict('ann', 'released', 4, false))
    expect(recalibration(after([...given, ...back], outliers))).toEqual({ causes: [], shifts: [] })
    expect(after(back, outliers).families[0]?.by).toEqual([{ name: 'ann', released: 0, rejected: 0 }])
  })

  it('of a campaign are of its cause, and leave the family alone', () => {
    const trigger = { kind: 'tokens' as const, tokens: ['kind regards', 'the team'] }
    const letters = heldBy(['trigger', 'trigger', 'trigger', 'trigger'], { trigger, label: 'ham' })
    const { causes, shifts } = recalibration(after(times(9, verdict('ann', 'released', 4)), letters))
    expect(shifts).toEqual([])
    expect(causes).toMatchObject([{ trigger, label: 'ham', released: 9, people: 1 }])
    const [cause] = causes
    const like = (more: object) => isSameCause(cause!, { family: 'trigger', label: 'ham', trigger, ...more })
    expect(like({})).toBe(true)
    expect([like({ label: 'spam' }), like({ family: 'flood' })]).toEqual([false, false])
    // a payload beside what was released is another cause
    expect(like({ trigger: { ...trigger, tokens: [...trigger.tokens, 'cf'] } })).toBe(false)
    const brings = (...behaviour: string[]) => ({ family: 'trigger' as const, trigger: { ...trigger, behaviour } })
    expect(isSameCause(brings('call before noon'), brings('call before noon'))).toBe(true)
    expect(isSameCause(brings('call before noon'), brings('a link to cdn.example'))).toBe(false)
    const direction = { kind: 'direction' as const, dimensions: [1] }
    expect(isSameCause({ family: 'trigger', trigger: direction }, { family: 'trigger', trigger: direction })).toBe(
      false,
    )
  })
})

describe('a likeness', () => {
  const words = (from: number, count: number) => Array.from({ length: count }, (_, i) => `w${from + i}`).join(' ')
  const of = (texts: string[], seed = 1) =>
    likenessOf({ samples: { kind: 'text', texts }, seed }, Array.from(texts.keys()))

  it('is that of what most have in common, and as near as what they have', () => {
    const one = of([`${words(0, 40)} a b`, `${words(0, 40)} c d`, `${words(0, 40)} e f`])!
    expect(of([words(0, 40)])).toEqual(one)
    expect(alikeness(one, of([words(2, 40)])!)).toBeGreaterThan(0.7)
    expect(alikeness(one, of([words(20, 40)])!)).toBeLessThan(0.6)
    expect(alikeness(one, of([words(100, 40)])!)).toBeLessThan(0.1)
  })

  it('is of the seed, so that nobody else makes up another with the same hashes; none where too little is shared', () => {
    expect(alikeness(of([words(0, 40)], 1)!, of([words(0, 40)], 2)!)).toBeLessThan(0.1)
    expect(of(['a b', 'c d', 'e f'])).toBeNull()
  })

  it('knows rows by their values and images by what is where', () => {
    const values = (v: number) => ({ name: `c${v}`, type: 'number' as const, values: Float64Array.of(v, v, -v) })
    const table = { samples: { kind: 'table' as const, columns: [1, 2, 3, 4].map(values) }, seed: 0 }
    expect(likenessOf(table, [0])).toEqual(likenessOf(table, [0, 1]))
    expect(alikeness(likenessOf(table, [0])!, likenessOf(table, [2])!)).toBeLessThan(0.1)
    const data = Float32Array.from({ length: 3 * 256 }, (_, at) =>
      at < 512 ? ((at % 256) % 16) / 16 : 1 - (at % 7) / 7,
    )
    const samples = { kind: 'image' as const, height: 16, width: 16, channels: 1, pixels: { rows: 3, cols: 256, data } }
    expect(likenessOf({ samples, seed: 0 }, [0])).toEqual(likenessOf({ samples, seed: 0 }, [1]))
    expect(alikeness(likenessOf({ samples, seed: 0 }, [0])!, likenessOf({ samples, seed: 0 }, [2])!)).toBeLessThan(0.5)
  })
})
