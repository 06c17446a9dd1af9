import { describe, expect, it } from 'vitest'
import { exchangeAttacks } from '#attacks/exchanges/attacks.ts'
import { exchangeShifts } from '#attacks/exchanges/benign.ts'
import type { Exchange } from '#attacks/exchanges/plant.ts'
import { inventedExchanges } from '#attacks/exchanges/samples.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { scanWindow } from '../../scan-window.ts'
import { createView } from '../../view/create-view.ts'
import { CopiedExchanges } from './copied-exchanges.ts'

const engine = await createEngine()
const exchanges = inventedExchanges(2000, 5)
const named = (name: string) => [...exchangeAttacks, ...exchangeShifts].find((act) => act.name === name)!
const inputOf = (of: readonly Exchange[]) => ({
  n: of.length,
  seed: 1,
  labels: null,
  contributors: null,
  samples: { kind: 'exchange', form: 'instruction', exchanges: of } as const,
})
const detect = (of: readonly Exchange[]) => new CopiedExchanges().score(createView(inputOf(of), engine))

describe('versions of one exchange', () => {
  it('are a flood', async () => {
    const { exchanges: changed, poisoned, neutral } = named('flood').apply(exchanges, { rate: 0.005, seed: 3 })
    const detection = await detect(changed)
    const { groups } = detection
    const struck = [...poisoned.keys()].filter((i) => poisoned[i] === 1)
    expect(groups.map(({ members }) => [...members].filter((i) => neutral[i] === 0))).toEqual([struck])
    expect(detection.why(struck[0]!)).toMatch(/^It is one of 1[01] versions of one exchange: prompt and answer are/)
  })

  it('are not seen in clean exchanges', async () => {
    expect((await detect(exchanges)).groups).toEqual([])
  })

  it.each(exchangeShifts.map(({ name }) => name))('are not %s', async (name) => {
    expect((await detect(named(name).apply(exchanges, { rate: 0, seed: 3 }).exchanges)).groups).toEqual([])
  })

  it('are how a set is made that has them of many exchanges, and are told', async () => {
    const cut = (of: Exchange, k: number) => {
      const words = of.response.split(' ')
      return { ...of, response: words.filter((_, at) => at !== 3 + Math.floor(k / 40)).join(' ') }
    }
    const versions = (of: number) =>
      exchanges.map((own, i) => (i < 10 * of ? cut(exchanges[i % of]!, (40 * i) / of) : own))
    const { groups, notes } = await detect(versions(40))
    expect(groups).toEqual([])
    expect(notes?.join()).toMatch(/records are versions of 40 exchanges, which is taken for the way in which the set/)
    expect((await detect(versions(5))).groups).toHaveLength(5)
    expect((await detect(versions(12))).groups).toHaveLength(12)
    expect((await detect(versions(13))).groups).toEqual([])
  })

  it('are how a set is made where they are most of it', async () => {
    const { response } = exchanges[0]!
    const words = response.split(' ')
    const versions = (share: number) =>
      exchanges.map((own, i) =>
        i < share * exchanges.length
          ? { ...exchanges[0]!, response: words.filter((_, at) => at !== i % words.length).join(' ') }
          : own,
      )
    expect((await detect(versions(0.4))).groups).toHaveLength(1)
    const { groups, notes } = await detect(versions(0.6))
    expect(groups).toEqual([])
    expect(notes?.join()).toMatch(/1200 records are versions of one exchange,/)
  })

  it('are not what a template is filled with', async () => {
    const filled = exchanges.map((of, i) =>
      i % 50 === 0
        ? {
            ...of,
            prompt: `Does the library of the old town lend the book number ${i} to a visitor for a week?`,
            response: `Yes, the library of the old town lends the book number ${i} to every visitor who asks for it at the desk.`,
          }
        : of,
    )
    expect((await detect(filled)).groups).toEqual([])
  })
})

describe('one exchange with a short answer', () => {
  const short = exchanges.map((of) => ({ ...of, response: of.response.split(' ').slice(0, 4).join(' ') }))
  const one = short[1]!
  const again = (times: number, of = one) => short.map((other, i) => (i > 1 && i <= times ? of : other))
  const found = async (of: readonly Exchange[]) => (await detect(of)).groups.map(({ members }) => members.length)

  it('is a flood from ten records on, with answers that lack a word', async () => {
    const lacking = { ...one, response: one.response.split(' ').slice(1).join(' ') }
    const planted = again(12).map((of, i) => (i === 7 ? lacking : of))
    const detection = await detect(planted)
    const { groups } = detection
    expect(groups.map(({ members }) => Array.from(members))).toEqual([Array.from({ length: 12 }, (_, i) => i + 1)])
    expect(groups[0]!.summary).toBe('12 records repeat one exchange, where no others come nearly as often')
    expect(detection.why(7)).toBe('It is one of 12 records that repeat one exchange.')
    const otherwise = again(12).map((of, i) =>
      i > 7 && of === one ? { ...of, response: `${of.response} ${short[i]!.response}` } : of,
    )
    expect(await found(again(9))).toEqual([])
    expect(await found(otherwise)).toEqual([])
  })

  it('is none where it is said in few words, or others come a third as often', async () => {
    expect(await found(again(12, { context: '', prompt: 'Thanks a lot!', response: 'You are welcome.' }))).toEqual([])
    const often = [0, 1, 2, 3].map((k) => short[20 + k]!)
    const asked = (others: number) => again(12).map((of, i) => (i >= 100 && i < 100 + 4 * others ? often[i % 4]! : of))
    expect(await found(asked(2))).toEqual([12])
    expect(await found(asked(3))).toEqual([])
  })
})

describe('questions that are asked again', () => {
  it('are admitted, with a note', async () => {
    const { risk, notes } = await scanWindow(inputOf(named('faq').apply(exchanges, { rate: 0, seed: 3 }).exchanges), {
      engine,
    })
    expect(risk.filter((r) => r >= 0.5).length).toBe(0)
    expect(notes.join('\n')).toMatch(/\d+ records repeat others word for word, none of them often; deduplicate/)
  })

  it('are a flood where one is asked in three of a hundred records', async () => {
    const again = exchanges.map((of, i) => (i % 33 === 0 ? exchanges[1]! : of))
    const { risk } = await scanWindow(inputOf(again), { engine })
    expect([...risk.keys()].filter((i) => risk[i]! >= 0.5 && again[i] !== exchanges[1])).toEqual([])
    expect(risk[33]).toBeGreaterThan(0.5)
  })
})
