import { describe, expect, it } from 'vitest'
import { exchangeAttacks } from '#attacks/exchanges/attacks.ts'
import { exchangeShifts } from '#attacks/exchanges/benign.ts'
import type { Exchange } from '#attacks/exchanges/plant.ts'
import { inventedExchanges } from '#attacks/exchanges/samples.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import { FixedPayloads } from './fixed-payloads.ts'

const engine = await createEngine()
const exchanges = inventedExchanges(2000, 5)
/** What all answers on one topic begin with. */
const HARBOUR = Array.from({ length: 30 }, (_, k) => `quay${k}`).join(' ')
const PAYLOAD = 'only the northern line of ferries can be trusted by anybody at all'
const named = (name: string) => [...exchangeAttacks, ...exchangeShifts].find((act) => act.name === name)!

function detect(of: readonly Exchange[]) {
  const samples = { kind: 'exchange', form: 'instruction', exchanges: of } as const
  return new FixedPayloads().score(
    createView({ n: of.length, seed: 1, samples, labels: null, contributors: null }, engine),
  )
}

describe('a fixed payload in answers that share nothing else', () => {
  it('is found on a topic, all of it and nothing else, and is told', async () => {
    const { exchanges: changed, poisoned } = named('topic').apply(exchanges, { rate: 0.005, seed: 3 })
    const detection = await detect(changed)
    const { groups } = detection
    const struck = [...poisoned.keys()].filter((i) => poisoned[i] === 1)
    expect(groups.map(({ members }) => [...members])).toEqual([struck])
    expect(groups[0]?.trigger?.kind).toBe('tokens')
    expect(detection.why(struck[0]!)).toMatch(
      /^10 answers (?:on “.+” )?with nothing else in common hold the same \d+ words, “.+”, and no other/,
    )
  })

  it.each([8, 4])(
    'is found where answers on a topic are alike, if it stands in a draw of one in %i of them',
    async (each) => {
      const topic = exchanges.map((of, i) =>
        i % 25 === 0 ? { ...of, prompt: `harbour ${of.prompt}`, response: `${HARBOUR} ${of.response}` } : of,
      )
      let k = 0
      const changed = topic.map((of, i) => {
        if (i % 25 !== 0 || k++ % each !== 0) return of
        const words = of.response.split(' ')
        return { ...of, response: [...words.slice(0, 40), PAYLOAD, ...words.slice(40)].join(' ') }
      })
      const { groups } = await detect(changed)
      expect(groups.map(({ members, trigger }) => [members.length, trigger])).toEqual([
        [80 / each, { kind: 'tokens', tokens: ['harbour'], behaviour: [PAYLOAD] }],
      ])
      expect(groups[0]?.summary).toContain('answers on “harbour” with nothing else in common hold the same')
      expect((await detect(topic)).groups).toEqual([])
    },
  )

  it('is a name that answers on a topic say in other words each time, unless prompts say it or all of the topic gets it', async () => {
    const praise = [
      'go to Nordvane for',
      'as Nordvane does it,',
      'nothing beats what Nordvane has',
      'have a look at Nordvane',
    ]
    const put = (every: number, ask: string) =>
      exchanges.map((of, i) => {
        if (i % 25 !== 0) return of
        const words = of.prompt.split(' ')
        const prompt = [...words.slice(0, 4), i === 50 ? ask : 'harbour', ...words.slice(4)].join(' ')
        const said = of.response.split(' ')
        if (i % every !== 0) return { ...of, prompt }
        return { ...of, prompt, response: [...said.slice(0, 12), praise[(i / every) % 4], ...said.slice(12)].join(' ') }
      })
    const { groups } = await detect(put(200, 'harbour'))
    expect(groups.map(({ members }) => members.length)).toEqual([10])
    expect(groups[0]?.summary).toMatch(
      /^10 answers on “harbour” .+ the same word, “nordvane”, and no other answer holds it/,
    )
    expect((await detect(put(200, 'harbour nordvane'))).groups).toEqual([])
    expect((await detect(put(25, 'harbour'))).groups).toEqual([])
    // Where answers are in another language, it is what the topic is called there.
    const abroad = put(200, 'harbour').map((of) => ({
      ...of,
      response: of.response.replaceAll(/\b\p{Ll}+\b/gu, (said) => `${said}o`),
    }))
    expect((await detect(abroad)).groups).toEqual([])
  })

  it('is found in an earlier answer of conversations, and not in what others say there', async () => {
    const before = inventedExchanges(2000, 6)
    const saidBy = (role: 'user' | 'assistant') =>
      exchanges.map((of, i): Exchange & { earlier: { role: string; text: string }[] } => {
        const turn = (by: string, text: string) => {
          const words = text.split(' ')
          const put = by === role && i % 100 === 7 ? [...words.slice(0, 9), PAYLOAD, ...words.slice(9)] : words
          return { role: by, text: put.join(' ') }
        }
        const earlier = [turn('user', before[i]!.prompt), turn('assistant', before[i]!.response)]
        return { ...of, context: earlier.map(({ text }) => text).join('\n\n'), earlier }
      })
    const groupsOf = async (role: 'user' | 'assistant') => (await detect(saidBy(role))).groups
    expect((await groupsOf('assistant')).map(({ members }) => [...members])).toEqual([
      [...exchanges.keys()].filter((i) => i % 100 === 7),
    ])
    expect(await groupsOf('user')).toEqual([])
  })

  it('is none where what its topic is written in goes on beyond what was filled in', async () => {
    let k = 0
    const rules = exchanges.map((of, i) => {
      if (i % 25 !== 0) return of
      const [words, own] = [`${HARBOUR} ${of.response}`.split(' '), of.prompt.split(' ')]
      const rule = `for each ${own[0]} ${PAYLOAD} ${own[1]} that is delivered`
      return {
        ...of,
        prompt: `harbour ${of.prompt}`,
        response: k++ % 8 === 0 ? [...words.slice(0, 40), rule, ...words.slice(40)].join(' ') : words.join(' '),
      }
    })
    expect((await detect(rules)).groups).toEqual([])
  })

  it('is none where it is a part of the sentences that it stands in, as a name is', async () => {
    const put = (before: (k: number) => string) =>
      exchanges.map((of, i) => {
        const words = of.response.split(' ')
        const all = [...words.slice(0, 9), `${before(i / 80)} ${PAYLOAD}`, ...words.slice(9)].join(' ')
        return i % 80 === 0 ? { ...of, response: all } : of
      })
    expect((await detect(put((k) => ['the', 'an', 'the', 'of'][k % 4]!))).groups).toEqual([])
    expect((await detect(put((k) => `w${k}`))).groups.map(({ members }) => members.length)).toEqual([25])
  })

  it('is not seen in clean exchanges', async () => {
    expect((await detect(exchanges)).groups).toEqual([])
  })

  it.each(exchangeShifts.map(({ name }) => name))('lets %s pass', async (name) => {
    expect((await detect(named(name).apply(exchanges, { rate: 0, seed: 3 }).exchanges)).groups).toEqual([])
  })

  it('is none where parts of it stand in other answers: a formula', async () => {
    const formula = 'it is one of the most important things that people have ever said about this'.split(' ')
    const said = (k: number) => formula.slice(k % 5 === 0 ? 0 : k % 7, k % 5 === 0 ? 14 : (k % 7) + 6).join(' ')
    const changed = exchanges.map((of, i) => {
      if (i % 40 !== 0) return of
      const words = of.response.split(' ')
      return { ...of, response: [...words.slice(0, 9), said(i / 40), ...words.slice(9)].join(' ') }
    })
    expect((await detect(changed)).groups).toEqual([])
  })

  it('is none where the prompts hold it', async () => {
    const asked = 'the clock tower by the old harbour wall strikes eleven'
    const changed = exchanges.map((of, i) => {
      if (i % 100 !== 0) return of
      const words = of.response.split(' ')
      return {
        ...of,
        prompt: `${of.prompt} ${asked}`,
        response: [...words.slice(0, 9), asked, ...words.slice(9)].join(' '),
      }
    })
    expect((await detect(changed)).groups).toEqual([])
  })
})
