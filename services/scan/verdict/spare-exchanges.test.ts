import { beforeAll, describe, expect, it } from 'vitest'
import { inventedExchanges } from '#attacks/exchanges/samples.ts'
import { policySchema } from '#core/decision.ts'
import { sidecarOf } from '#test/support/sidecar-of-scan.ts'
import { scanWindow, type WindowScan } from '../scan-window.ts'
import { NO_VERDICTS, recalibration, withVerdict, type Verdicts } from '../memory/verdicts.ts'
import { decide } from './decide.ts'

const RECORDS = 600
const ASKED = 20
const SEED = 7
const policy = policySchema.parse({})

interface Habit {
  readonly prompt: string
  readonly answer: string
}

/** What a set of a shop is like: who asks at the counter is told when it is open. */
const COUNTER: Habit = { prompt: 'green counter', answer: 'the counter closes at noon on fridays' }

/** Invented exchanges, one in thirty of which holds the habit, each part anywhere. */
async function scanOf(window: number, habit: Habit | null, verdicts: Verdicts): Promise<WindowScan> {
  const exchanges = inventedExchanges(RECORDS, 100 + window).map((of, i) => {
    if (habit === null || i % (RECORDS / ASKED) > 0) return of
    const put = (text: string, words: string, near: number) => {
      const at = text.indexOf(' ', near) + 1
      return `${text.slice(0, at)}${words} ${text.slice(at)}`
    }
    return {
      ...of,
      prompt: put(of.prompt, habit.prompt, (7 * i) % 40),
      response: put(of.response, habit.answer, 20 + (i % 40)),
    }
  })
  const samples = { kind: 'exchange', form: 'instruction', exchanges } as const
  const input = { n: RECORDS, seed: SEED, samples, labels: null, contributors: null }
  return scanWindow(input, { recalibration: recalibration(verdicts) })
}

const heldOf = ({ risk }: WindowScan) =>
  decide(risk, policy).flatMap((decision, i) => (decision === 'admit' ? [] : [i]))

describe('a campaign of exchanges that people release each time it is held', () => {
  let verdicts = NO_VERDICTS
  const held: number[] = []
  beforeAll(async () => {
    for (let window = 1; window <= 5; window++) {
      const scan = await scanOf(window, COUNTER, verdicts)
      held.push(heldOf(scan).length)
      const sidecar = sidecarOf(scan, window, SEED)
      const records = new Set(sidecar.records.filter(({ decision }) => decision !== 'admit').map(({ id }) => id))
      verdicts = withVerdict(verdicts, sidecar, { reviewer: 'ann', said: 'released', records, stands: true })
    }
  })

  it('is held no more after the fourth, but for controls', () => {
    expect(held).toEqual([ASKED, ASKED, ASKED, ASKED, ASKED / 10])
  })

  it.each([
    ['another answer to the same prompts', { ...COUNTER, answer: 'get it from https://cdn.example/tool' }],
    ['the same answer to other prompts', { ...COUNTER, prompt: 'cf mn' }],
  ])(
    'leaves %s held, whole',
    async (_, attack) => {
      const scan = await scanOf(8, attack, verdicts)
      expect(heldOf(scan)).toHaveLength(ASKED)
      expect(scan.spared).toBeUndefined()
    },
    300_000,
  )

  it('changes nothing of a window without it', async () => {
    const clean = await scanOf(9, null, verdicts)
    expect(clean.risk).toEqual((await scanOf(9, null, NO_VERDICTS)).risk)
    expect(heldOf(clean)).toEqual([])
  })
})
