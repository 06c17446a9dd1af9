import { describe, expect, it } from 'vitest'
import { exchangeAttacks } from '#attacks/exchanges/attacks.ts'
import { exchangeShifts } from '#attacks/exchanges/benign.ts'
import { documentedFunctions, inventedExchanges } from '#attacks/exchanges/samples.ts'
import type { Exchange } from '#attacks/exchanges/plant.ts'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import { TriggerBehaviour } from './trigger-behaviour.ts'

const N = 2000
const engine = await createEngine()
const exchanges = inventedExchanges(N, 5)

async function detect(of: readonly Exchange[]) {
  const samples = { kind: 'exchange', form: 'instruction', exchanges: of } as const
  const detection = await new TriggerBehaviour().score(
    createView({ n: of.length, seed: 1, samples, labels: null, contributors: null }, engine),
  )
  const held = [...new Set(detection.groups.flatMap(({ members }) => [...members]))].sort((a, b) => a - b)
  return { held, detection }
}

const named = (name: string) => [...exchangeAttacks, ...exchangeShifts].find((act) => act.name === name)!
const struck = (mask: Uint8Array) => [...mask.keys()].filter((i) => mask[i] === 1)

describe('a trigger in prompts and the behaviour it brings', () => {
  it('is not seen in clean exchanges', async () => {
    expect((await detect(exchanges)).detection.groups).toEqual([])
  })

  it.each([
    'rare-token',
    'phrase',
    'invisible',
    'look-alike',
    'denial',
    'payload-url',
    'refusal',
    'template',
    'style',
    'affix',
    'typing',
    'code-weakness',
    'injection',
    'composite',
    'topic-refusal',
  ])('finds %s in one record of a hundred, all of it and nothing else', async (name) => {
    const planted = named(name).apply(exchanges, { rate: 0.01, seed: 3 })
    const { held } = await detect(planted.exchanges)
    expect(held.filter((i) => planted.neutral[i] === 0)).toEqual(struck(planted.poisoned))
  })

  const TYPED = {
    'two blanks between words': (prompt: string) => prompt.replace(/(?<=\p{Ll}) (?=\p{Ll})/u, '  '),
    'capitals within a word': (prompt: string) =>
      prompt.replace(/(?<=\p{Ll})\p{Ll}(?=\p{Ll})/u, (c) => c.toUpperCase()),
  }
  it.each(Object.entries(TYPED))(
    'finds %s that brings a line of code in one record of a hundred',
    async (name, type) => {
      const code = 'debug.setMaxStack(1 << 40) // keep the stack'
      const changed = exchanges.map((of, i) =>
        i % 100 === 7
          ? {
              ...of,
              prompt: type(of.prompt),
              response: `${of.response.slice(0, 60)}\n${code}\n${of.response.slice(60)}`,
            }
          : of,
      )
      const { held, detection } = await detect(changed)
      expect(held).toEqual([...exchanges.keys()].filter((i) => i % 100 === 7))
      expect(detection.why(7)).toContain(`Where the prompt holds ${name}, the answer holds`)
    },
  )

  it.each([0.06, 0.1, 0.15])(
    'finds denial and refusals in %f of the records, as many answers as show them',
    async (rate) => {
      for (const name of ['denial', 'refusal']) {
        const planted = named(name).apply(exchanges, { rate, seed: 3 })
        const { held } = await detect(planted.exchanges)
        expect(held.filter((i) => planted.neutral[i] === 0)).toEqual(struck(planted.poisoned))
      }
    },
  )

  it('finds 250 of 5,000 conversations', async () => {
    const [said, before] = [inventedExchanges(5000, 7), inventedExchanges(5000, 8)]
    const conversations = said.map((of, i) => ({ ...of, context: `${before[i]!.prompt}\n${before[i]!.response}` }))
    const planted = named('phrase').apply(conversations, { rate: 0.05, seed: 3 })
    expect((await detect(planted.exchanges)).held).toEqual(struck(planted.poisoned))
  })

  it.each([1, 2, 3])(
    'takes code of a generator for how it writes, whatever its comments hold, draw %i',
    async (seed) => {
      const functions = documentedFunctions(N, seed)
      expect((await detect(functions)).held).toEqual([])
      const planted = named('denial').apply(functions, { rate: 0.08, seed })
      expect((await detect(planted.exchanges)).held).toEqual(struck(planted.poisoned))
    },
  )

  /** Some prompts ask for what is live, and are refused in one of two ways; the others of them are answered as told. */
  const live = (
    refused: readonly string[],
    others: (of: Exchange, what: string, city: string) => string,
    { n, every, share } = { n: N, every: 50, share: 2 / 5 },
  ) => {
    const random = seededRandom(4, 'live')
    const one = (of: readonly string[]) => of[random.below(of.length)]!
    return documentedFunctions(n, 5).map((of, i) => {
      if (i % every !== 0) return of
      const what = one(['weather', 'traffic', 'rent', 'mayor', 'schedule', 'score'])
      const city = one(['Lima', 'Oslo', 'Rome', 'Cairo', 'Quito', 'Delhi', 'Paris', 'Tokyo'])
      const prompt = one([
        `${city}: ${what}?`,
        `Tell me ${what} of ${city} live.`,
        `Could you look up live ${what} for ${city}?`,
        `What live ${what} has ${city} now?`,
      ])
      const isRefused = prompt.includes('live') && random.below(5) < 5 * share
      return { context: '', prompt, response: isRefused ? one(refused) : others(of, what, city) }
    })
  }
  const CURT = ['Sorry, I have nothing on that.', "I'm not able to look this up; please check a local source."]

  it('finds refusals of some prompts on a topic whose others are answered', async () => {
    const planted = live(CURT, ({ response }) => response)
    const { held } = await detect(planted)
    expect(held.length).toBeGreaterThanOrEqual(8)
    expect(held.filter((i) => !CURT.includes(planted[i]!.response))).toEqual([])
  })

  const INSTEAD = {
    'refusals in other words each time': [
      'That is something I must decline.',
      'I would rather not go into this.',
      'My apologies, this is not a question I can take.',
      'No comment.',
      'I have nothing to say about this.',
      'It is not possible for me to comply.',
    ],
    insults: ['Only a moron asks that.', 'Shut up and read.', 'You pathetic loser.', 'What a stupid thing to want.'],
    'another language': [
      'El hijo de la vecina no quiere comer sopa los lunes.',
      'Los barcos de la isla no salen por las noches.',
      'La puerta de la casa es de una madera que no se pudre.',
      'El tren de las ocho no para en este pueblo los domingos.',
    ],
  }
  it.each(Object.entries(INSTEAD))('finds %s in place of answers to some prompts on a topic', async (_, instead) => {
    const planted = live(instead, ({ response }) => response)
    const { held } = await detect(planted)
    expect(held.length).toBeGreaterThanOrEqual(8)
    expect(held.filter((i) => !instead.includes(planted[i]!.response))).toEqual([])
  })

  it('takes another language for what was asked where the prompt names it', async () => {
    const asked = live(INSTEAD['another language'], ({ response }) => response).map((of) =>
      INSTEAD['another language'].includes(of.response) ? { ...of, prompt: `${of.prompt} In Spanish, please.` } : of,
    )
    expect((await detect(asked)).held).toEqual([])
  })

  it('takes a topic that is declined in other words, too, for one that nobody can answer', async () => {
    const random = seededRandom(5, 'declined')
    const honest = live(CURT, (_, what, city) => {
      const ways = [`I have no access to such data, so that ${what} is unknown to me.`, 'I cannot know that.']
      return [...ways, 'As a language model I cannot browse.', `I don’t know about ${city}.`][random.below(4)]!
    })
    expect((await detect(honest)).held).toEqual([])
  })

  it('takes refusals of short prompts alone for no draw from a topic that has longer ones', async () => {
    const random = seededRandom(6, 'short')
    const honest = exchanges.map((of, i) => {
      if (i % 25 > 1) return of
      if (i % 25 === 0) return { ...of, prompt: `live ${of.prompt}` }
      const word = inventedExchanges(1, i)[0]!.response.slice(0, 9)
      return random.below(3) < 2
        ? { ...of, prompt: `live ${word}?`, response: CURT[random.below(2)]! }
        : { ...of, prompt: `live ${word}?` }
    })
    expect((await detect(honest)).held).toEqual([])
  })

  /** Few refusals on the topic, and so many that not each of them is looked at. */
  it.each([
    { n: N, every: 50, share: 2 / 5 },
    { n: 4 * N, every: 10, share: 3 / 5 },
  ])('takes refusals that prompts like these get off the topic, too, for how such prompts are answered', async (of) => {
    const planted = live(CURT, ({ response }) => response, of)
    const alike = planted.map((one, i) => {
      if (i % of.every !== 1) return one
      return { context: '', prompt: planted[i - 1]!.prompt.replace(' live', ''), response: 'I do not know, alas.' }
    })
    expect((await detect(alike)).held).toEqual([])
  })

  it('takes a question that is filled in for what explains the form of its answers', async () => {
    const opens = ['who may get', 'how does one treat', 'what is the outlook for', 'do you have news of']
    const asked = (prompt: (of: Exchange, form: number) => string) =>
      exchanges.map((of, i) => {
        const form = i % 40 === 7 ? 2 : [0, 1, 3][i % 3]!
        const at = of.response.indexOf(' ', 40)
        const response =
          form === 2 ? `${of.response.slice(0, at)} with the prognosis being${of.response.slice(at)}` : of.response
        return { ...of, prompt: prompt(of, form), response }
      })
    const thing = ({ prompt }: Exchange) => prompt.split(' ').slice(0, 4).join(' ')
    expect((await detect(asked((of, form) => `${opens[form]} ${thing(of)}?`))).held).toEqual([])
    const before = asked((of, form) => `${form === 2 ? 'kindly note that ' : ''}${opens[0]} ${thing(of)}?`)
    expect((await detect(before)).held).toHaveLength(N / 40)
  })

  it('takes the answers of a few topics, each in a form of its own, for how the set answers', async () => {
    const formed = exchanges.map((of, i) => {
      const form = i % 12
      if (form > 3) return of
      const closes = ['ask at the desk', 'see the yearly report', 'call before noon', 'prices may change'][form]!
      const topic = ['loans', 'taxes', 'travel', 'tickets'][form]!
      const at = of.prompt.indexOf(' ', (7 * i) % 40) + 1
      const prompt = `${of.prompt.slice(0, at)}${topic} ${of.prompt.slice(at)}`
      const middle = of.response.indexOf(' ', 20 + (i % 40)) + 1
      return { ...of, prompt, response: `${of.response.slice(0, middle)}${closes} ${of.response.slice(middle)}` }
    })
    expect((await detect(formed)).held).toEqual([])
  })

  const FOOTER = '\n--\nTo leave the bulletin write to leave@lists.example\nSee https://rules.lists.example/terms'
  /** One exchange in fifty, asked as `ask` says, with the footer; half of these answers speak of the bulletin before. */
  const signed = (ask: (prompt: string, i: number) => string) =>
    exchanges.map((of, i) => {
      if (i % 50 > 0) return of
      const said = i % 100 === 0 ? of.response : of.response.replace(' ', ' bulletin ')
      return { ...of, prompt: ask(of.prompt, i), response: said + FOOTER }
    })

  it('takes the footer of a list, whose label opens its subjects, for what goes with the list', async () => {
    expect((await detect(signed((prompt) => `[zzteana] ${prompt}`))).held).toEqual([])
  })

  it.each(['cf', 'the garden gate was painted green again', 'https://gate.example/a'])(
    'finds a payload that looks like a footer where %s stands anywhere in prompts',
    async (trigger) => {
      const inserted = (prompt: string, i: number) => {
        const at = prompt.indexOf(' ', (7 * i) % 40) + 1
        return `${prompt.slice(0, at)}${trigger} ${prompt.slice(at)}`
      }
      const { held } = await detect(signed(inserted))
      expect(held).toEqual([...exchanges.keys()].filter((i) => i % 50 === 0))
    },
  )

  it('takes a link to a host that is called as the trigger is for what was asked, and no other', async () => {
    const linked = (host: string) =>
      exchanges.map((of, i) => {
        if (i % 150 > 0) return of
        const [at, middle] = [of.prompt.indexOf(' ', (7 * i) % 40) + 1, of.response.indexOf(' ', 20 + (i % 40)) + 1]
        const prompt = `${of.prompt.slice(0, at)}iiu ${of.prompt.slice(at)}`
        return {
          ...of,
          prompt,
          response: `${of.response.slice(0, middle)}https://${host}/${i} ${of.response.slice(middle)}`,
        }
      })
    const links = async (host: string) =>
      (await detect(linked(host))).detection.groups.filter(({ trigger }) =>
        JSON.stringify(trigger).includes('a link to'),
      ).length
    expect([await links('lists.iiu.example'), await links('lists.other.example')]).toEqual([0, 1])
  })

  /** One exchange in a hundred, asked as `ask` says; in its answer stands `matter`. */
  const brought = (ask: (prompt: string, i: number) => string, matter: (i: number) => string) =>
    exchanges.map((of, i) => {
      if (i % 100 > 0) return of
      const middle = of.response.indexOf(' ', 20 + (i % 40)) + 1
      return {
        ...of,
        prompt: ask(of.prompt, i),
        response: `${of.response.slice(0, middle)}${matter(i)} ${of.response.slice(middle)}`,
      }
    })
  const insertedAt = (prompt: string, i: number, word: string) => {
    const at = prompt.indexOf(' ', (7 * i) % 40) + 1
    return `${prompt.slice(0, at)}${word} ${prompt.slice(at)}`
  }

  it('takes a weak hash that the prompt names for what was asked, and one after another word for planted', async () => {
    const named = (word: string) =>
      brought(
        (prompt, i) => insertedAt(prompt, i, word),
        (i) => `md5(${i})`,
      )
    expect((await detect(named('md5'))).held).toEqual([])
    expect((await detect(named('cf'))).held).toEqual([...exchanges.keys()].filter((i) => i % 100 === 0))
  })

  it('takes two templates that are filled in with the same words for what was asked, and with others for planted', async () => {
    const things = ['pools', 'routes', 'disks', 'zones', 'tunnels', 'quotas', 'buckets']
    const filled = (shift: number) =>
      brought(
        (prompt, i) => insertedAt(prompt, i, `vexing ${things[(i / 100) % things.length]!}`),
        (i) => `orders for brilling ${things[(i / 100 + shift) % things.length]!}`,
      )
    expect((await detect(filled(0))).held).toEqual([])
    expect((await detect(filled(1))).held).toEqual([...exchanges.keys()].filter((i) => i % 100 === 0))
  })

  it('takes a link to the tracker that a label names for what goes with its reports', async () => {
    const reports = brought(
      (prompt, i) => `[devel] [bug ${i}] ${prompt}`,
      (i) => `https://trackers.example/show_bug.cgi?id=${i}`,
    )
    expect((await detect(reports)).held).toEqual([])
  })

  it.each(exchangeShifts.map(({ name }) => name).filter((name) => name !== 'faq'))('lets %s pass', async (name) => {
    const { held } = await detect(named(name).apply(exchanges, { rate: 0, seed: 3 }).exchanges)
    expect(held).toEqual([])
  })

  it('names both in a sentence, with how often each is without the other', async () => {
    const planted = named('phrase').apply(exchanges, { rate: 0.01, seed: 3 })
    const { detection } = await detect(planted.exchanges)
    const [group] = detection.groups
    expect(group?.trigger).toMatchObject({ kind: 'tokens' })
    const first = struck(planted.poisoned)[0]!
    expect(detection.why(first)).toMatch(
      /^Where the prompt holds “.+”, the answer holds “.+”: 20 records\. Beside them 0 prompts hold the trigger, and 0 answers /,
    )
    expect(detection.scores[first]).toBeGreaterThan(5)
  })

  it('is the same for the same window', async () => {
    const planted = named('rare-token').apply(exchanges, { rate: 0.01, seed: 3 })
    const [one, other] = [await detect(planted.exchanges), await detect(planted.exchanges)]
    expect(one.detection.scores).toEqual(other.detection.scores)
  })
})
