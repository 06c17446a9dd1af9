import { beforeAll, describe, expect, it } from 'vitest'
import { policySchema } from '#core/decision.ts'
import { seededRandom } from '#core/random.ts'
import { sidecarOf } from '#test/support/sidecar-of-scan.ts'
import { scanWindow, type WindowScan } from '../scan-window.ts'
import { groupBy } from '../view/build-input.ts'
import { NO_VERDICTS, recalibration, withVerdict, type Verdicts } from '../memory/verdicts.ts'
import { decide } from './decide.ts'

const RECORDS = 240
const COPIES = 30
const SEED = 7
const policy = policySchema.parse({})
const WORDS = Array.from({ length: 900 }, (_, i) => `word${i.toString(36)}`)

const letter = (n: number) =>
  `dear customer your invoice number ${n} for this month is attached please pay within thirty days kind regards the billing team`
const flood = (n: number) =>
  `grow your savings with this one fund nobody told you about reply today ${n} and never worry over money again my friend`

/** Mails of two kinds, of which the first so many are copies of one. */
async function scanOf(window: number, copy: ((n: number) => string) | null, verdicts: Verdicts): Promise<WindowScan> {
  const random = seededRandom(window, 'mails')
  const texts = Array.from({ length: RECORDS }, (_, i) => {
    const half = 450 * (i % 2)
    const mail = Array.from({ length: 30 }, () => WORDS[half + random.below(450)]).join(' ')
    return copy !== null && i < 2 * COPIES && i % 2 === 0 ? copy(1000 * window + i) : mail
  })
  const labels = groupBy(texts.map((_, i) => (i % 2 === 0 ? 'ham' : 'spam')))
  const input = { n: RECORDS, seed: SEED, samples: { kind: 'text' as const, texts }, labels, contributors: null }
  return scanWindow(input, { recalibration: recalibration(verdicts) })
}

const heldOf = ({ risk }: WindowScan) =>
  decide(risk, policy).flatMap((decision, i) => (decision === 'admit' ? [] : [i]))

/** A person says this of everything that a window held. */
const judgedBy = (reviewer: string, said: 'released' | 'rejected', scan: WindowScan, window: number) => {
  const sidecar = sidecarOf(scan, window, SEED)
  const records = new Set(sidecar.records.filter(({ decision }) => decision !== 'admit').map(({ id }) => id))
  return (before: Verdicts) => withVerdict(before, sidecar, { reviewer, said, records, stands: true })
}

describe('a form letter that people release each time it is held', () => {
  let verdicts = NO_VERDICTS
  const held: number[] = []
  beforeAll(async () => {
    for (let window = 1; window <= 6; window++) {
      const scan = await scanOf(window, letter, verdicts)
      held.push(heldOf(scan).length)
      verdicts = judgedBy('ann', 'released', scan, window)(verdicts)
    }
  }, 120_000)

  it('is held no more after the fourth, but for controls, of which nobody is told', async () => {
    expect(held.slice(0, 4)).toEqual([COPIES, COPIES, COPIES, COPIES])
    expect(held.slice(4)).toEqual([COPIES / 10, COPIES / 10])
    const scan = await scanOf(7, letter, verdicts)
    expect(scan.notes.join()).toContain('what 1 person released 6 times')
    const [campaign] = scan.campaigns
    const spared = scan.spared?.flatMap(({ members }) => members) ?? []
    expect(spared).toHaveLength(COPIES)
    expect(spared.filter((i) => !heldOf(scan).includes(i))).toHaveLength(COPIES - COPIES / 10)
    expect(campaign?.members.filter((i) => !spared.includes(i))).toEqual([])
    const again = await scanOf(7, letter, verdicts)
    expect(heldOf(again)).toEqual(heldOf(scan))
  })

  it('says nothing of another flood, nor of a window without any', async () => {
    const judged = await scanOf(8, flood, verdicts)
    expect(heldOf(judged)).toHaveLength(COPIES)
    expect(judged.risk).toEqual((await scanOf(8, flood, NO_VERDICTS)).risk)
    const clean = await scanOf(9, null, verdicts)
    expect(clean.risk).toEqual((await scanOf(9, null, NO_VERDICTS)).risk)
    expect(clean.spared).toBeUndefined()
  })

  it('is held again once somebody rejects a control, or has one recalled that was spared', async () => {
    const scan = await scanOf(7, letter, verdicts)
    const rejected = judgedBy('bob', 'rejected', scan, 7)(verdicts)
    expect(heldOf(await scanOf(8, letter, rejected))).toHaveLength(COPIES)
    const passed = scan.spared![0]!.members.find((i) => !heldOf(scan).includes(i))!
    const records = new Set([`w7-${passed}`])
    const recalled = { reviewer: 'bob', said: 'rejected', records, stands: true } as const
    expect(heldOf(await scanOf(8, letter, withVerdict(verdicts, sidecarOf(scan, 7, SEED), recalled)))).toHaveLength(
      COPIES,
    )
  })

  it('is no more spared by one person than by so many of their releases, and never beyond a floor', async () => {
    const scan = await scanOf(1, letter, NO_VERDICTS)
    const riskAfter = (times: number, ...people: string[]) => {
      let now = NO_VERDICTS
      for (let time = 0; time < times; time++)
        for (const person of people) now = judgedBy(person, 'released', scan, 1)(now)
      return recalibration(now).causes[0]?.risk
    }
    expect(riskAfter(3, 'ann')).toBeUndefined()
    expect(riskAfter(8, 'ann')).toBeCloseTo(0.283, 3)
    expect(riskAfter(100, 'ann')).toBe(riskAfter(8, 'ann'))
    expect(riskAfter(8, 'ann', 'bob')).toBeCloseTo(0.162, 3)
    expect(riskAfter(100, 'ann', 'bob', 'cy', 'di', 'eve')).toBe(0.1)
  })
})
