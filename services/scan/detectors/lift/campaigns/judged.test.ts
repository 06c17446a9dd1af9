import { describe, expect, it } from 'vitest'
import { matrix } from '../../../numeric/matrix.ts'
import { judgedMembers } from './judged.ts'

/** 40 planted records of other labels, 40 of the label by nature, 40 of other labels that stayed: all hold the token. */
const HOLDERS = Int32Array.from({ length: 120 }, (_, i) => i)
const OF = HOLDERS.map((i) => Number(i < 80))
const MEMBERS = HOLDERS.subarray(0, 80)
const CAMPAIGN = {
  event: 1,
  evidence: 20,
  tokens: [7],
  members: MEMBERS,
  posterior: new Float64Array(80).fill(0.63),
  chance: 43,
}
/** What a predictor expects of the label: of planted, natural and other holders. */
const predictor = (planted: number, natural: number, others: number) => {
  const m = matrix(120, 2)
  for (const i of HOLDERS) m.data[2 * i + 1] = i < 40 ? planted : i < 80 ? natural : others
  return m
}

describe('judgedMembers', () => {
  it('tells planted records from those that bear their own label', () => {
    const { posterior } = judgedMembers(CAMPAIGN, HOLDERS, OF, predictor(0.05, 0.97, 0.05))
    expect(Math.min(...posterior.subarray(0, 40))).toBeGreaterThan(0.85)
    expect(Math.max(...posterior.subarray(40))).toBeLessThan(0.5)
  })

  it('still does by a predictor that has half learnt the trigger', () => {
    const { posterior } = judgedMembers(CAMPAIGN, HOLDERS, OF, predictor(0.4, 0.97, 0.1))
    expect(Math.min(...posterior.subarray(0, 40))).toBeGreaterThan(0.5)
    expect(Math.max(...posterior.subarray(40))).toBeLessThan(0.5)
  })

  it('clears nobody where nearly all holders are planted and the predictor has learnt it', () => {
    const planted = HOLDERS.subarray(0, 40)
    const campaign = { ...CAMPAIGN, members: planted, posterior: new Float64Array(40).fill(1) }
    const { posterior } = judgedMembers(campaign, planted, OF, predictor(0.95, 0, 0))
    expect(Math.min(...posterior)).toBeGreaterThan(0.9)
  })
})
