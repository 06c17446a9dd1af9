import { fc, test } from '#test/support/property.ts'
import { describe, expect, it } from 'vitest'
import type { Exchange } from '#attacks/exchanges/plant.ts'
import { inventedExchanges } from '#attacks/exchanges/samples.ts'
import { seededRandom } from '#core/random.ts'
import type { ScanInput } from '../../view/samples.ts'
import { decodeKeys, encodeKeys, keysOf, type Keys, type WindowKeys } from './keys.ts'
import { followersOf, leadsIn, tellingOf } from './leads.ts'

const N = 250
const WINDOWS = 8
const ASKED = 'thank you for the lovely teapot that came yesterday'
const ANSWERED = 'nobody sails past the northern lighthouse after dusk'

const inputOf = (exchanges: readonly Exchange[], seed = 3): ScanInput => ({
  n: exchanges.length,
  seed,
  samples: { kind: 'exchange', form: 'instruction', exchanges },
  labels: null,
  contributors: null,
})
const put = (text: string, words: string, at: number) => {
  const all = text.split(' ')
  all.splice(at % (all.length + 1), 0, words)
  return all.join(' ')
}
const planted = (of: Exchange, at: number, answered = ANSWERED): Exchange => ({
  ...of,
  prompt: put(of.prompt, ASKED, at),
  response: put(of.response, answered, 3 * at),
})
/** Windows of invented exchanges, of which each is changed, with its place in its window. */
const windowsOf = (change: (of: Exchange, index: number, window: number) => Exchange, windows = WINDOWS) => {
  const all = inventedExchanges(N * windows, 11)
  return Array.from({ length: windows }, (_, w) =>
    all.slice(w * N, (w + 1) * N).map((exchange, i) => change(exchange, i, w)),
  )
}
const keysIn = (exchanges: readonly Exchange[], held: readonly number[] = []): WindowKeys =>
  decodeKeys(encodeKeys(inputOf(exchanges), held, { most: 2 ** 20 }).line)!
/** Two records a window. */
const drip = windowsOf((of, i, w) => (i === 7 || i === 90 ? planted(of, i + w) : of))
const isPlanted = (index: number) => index === 7 || index === 90
const keysAt = ({ starts, keys }: Keys, i: number) => [...keys.subarray(starts[i], starts[i + 1])]

describe('the keys of a window', () => {
  const input = inputOf(drip[0]!)

  it('are read as they were written, with who was held', () => {
    const { line, leftOut } = encodeKeys(input, [4, 90], { most: 2 ** 20 })
    expect(leftOut).toBe(0)
    const { held, asked } = decodeKeys(line)!
    expect(held).toEqual([4, 90])
    expect(keysAt(keysOf(input)!.asked, 7)).toEqual(expect.arrayContaining(keysAt(asked, 7)))
    expect(encodeKeys(inputOf(drip[0]!), [4, 90], { most: 2 ** 20 }).line).toEqual(line)
  })

  it('are those that few records have', () => {
    const bearers = new Map<number, number>()
    const { asked } = keysIn(drip[0]!)
    for (let i = 0; i < N; i++) for (const key of keysAt(asked, i)) bearers.set(key, (bearers.get(key) ?? 0) + 1)
    expect(Math.max(...bearers.values())).toBe(10)
    for (let i = 0; i < N; i++) expect(keysAt(asked, i)).toEqual([...new Set(keysAt(asked, i))].sort((a, b) => a - b))
  })

  it('are other ones in another installation', () => {
    expect(keysOf(inputOf(drip[0]!, 4))).not.toEqual(keysOf(input))
  })

  it('keep to their bytes, and are the same ones in each window: what is left out is told', () => {
    const [first, second] = [drip[0]!, drip[1]!].map((exchanges) => encodeKeys(inputOf(exchanges), [], { most: 9000 }))
    for (const { line, leftOut } of [first!, second!]) {
      expect(line.length).toBeLessThanOrEqual(9000)
      expect(leftOut).toBeGreaterThan(0)
    }
    const sides = [first!, second!].map(({ line }) => keysAt(decodeKeys(line)!.asked, 7))
    expect(sides[0]!.filter((key) => sides[1]!.includes(key)).length).toBeGreaterThan(0)
    expect(encodeKeys(input, [], { most: 100 })).toMatchObject({ line: new Uint8Array(0) })
  })

  it('are none of what is no exchange, nor of another line', () => {
    const texts: ScanInput = { ...input, samples: { kind: 'text', texts: drip[0]!.map(({ prompt }) => prompt) } }
    expect(encodeKeys(texts, [], { most: 2 ** 20 })).toEqual({ line: new Uint8Array(0), leftOut: 0 })
    const { line } = encodeKeys(input, [], { most: 2 ** 20 })
    expect(decodeKeys(line.subarray(0, -2))).toBeNull()
    expect(decodeKeys(Buffer.concat([line.subarray(0, -9), Buffer.from('\n')]))).toBeNull()
    expect(decodeKeys(Buffer.from('{"leads":0}\0\n'))).toBeNull()
  })

  const word = fc.integer({ min: 0, max: 60 }).map((at) => `w${at}`)
  test.prop([fc.array(word, { maxLength: 40 }), fc.array(word, { maxLength: 40 }), fc.integer({ min: 0, max: 1e6 })])(
    'of two texts with a sentence of ten words have one of its runs in common, whatever stands around it',
    (before, behind, salt) => {
      const sentence = Array.from({ length: 10 }, (_, at) => `s${salt}x${at % 3}`)
      const prompt = (around: readonly (readonly string[])[]) => [around[0]!, sentence, around[1]!].flat().join(' ')
      const others = Array.from({ length: 20 }, (_, i) => `s${salt}x${i % 3}`)
      const exchange = (asked: string): Exchange => ({ context: '', prompt: asked, response: 'yes' })
      const { asked } = keysIn([
        exchange(prompt([before, behind])),
        exchange(prompt([behind, before])),
        ...others.map(exchange),
      ])
      // the sentence's words are common here, so that its runs are what is left of it
      const own = keysAt(asked, 0)
      expect(keysAt(asked, 1).some((key) => own.includes(key))).toBe(true)
    },
  )
})

describe('leads', () => {
  it('are what was put into prompts and answers of several windows, and their records', () => {
    const windows = drip.map((exchanges, w) => keysIn(exchanges, w === 0 ? [7] : []))
    const [lead, ...others] = leadsIn(windows)
    const all = lead!.followers
    expect(all).toHaveLength(2 * WINDOWS)
    expect(all.every(({ index }) => isPlanted(index))).toBe(true)
    expect(all.filter(({ admitted }) => !admitted)).toEqual([{ part: 0, index: 7, admitted: false }])
    expect(others.some(({ followers }) => followers.some(({ index }) => isPlanted(index)))).toBe(false)
    expect(leadsIn(windows)).toEqual(leadsIn(windows))
  })

  it('pass over windows that gave no keys', () => {
    const windows = drip.map((exchanges, w) => (w === 2 ? null : keysIn(exchanges)))
    const [lead] = leadsIn(windows)
    expect(new Set(lead!.followers.map(({ part }) => part))).toEqual(new Set([0, 1, 3, 4, 5, 6, 7]))
    expect(leadsIn([null, null])).toEqual([])
  })

  const ofPlanted = (windows: readonly (readonly Exchange[])[]) =>
    leadsIn(windows.map((exchanges) => keysIn(exchanges))).filter(({ followers }) =>
      followers.some(({ index }) => isPlanted(index)),
    )

  it('are none in clean windows, nor where two windows have it alone', () => {
    expect(leadsIn(windowsOf((of) => of).map((exchanges) => keysIn(exchanges)))).toEqual([])
    expect(ofPlanted(windowsOf((of, i, w) => (isPlanted(i) && w > 5 ? planted(of, i) : of)))).toEqual([])
    expect(ofPlanted(windowsOf((of, i, w) => (isPlanted(i) && w > 4 ? planted(of, i) : of)))).toHaveLength(1)
  })

  it('are none of what is copied whole: that is a flood', () => {
    const copied = planted(inventedExchanges(1, 5)[0]!, 4)
    expect(ofPlanted(windowsOf((of, i) => (isPlanted(i) ? copied : of)))).toEqual([])
  })

  it('are as strong where each record has one of several sentences, and three of ten odd words', () => {
    const random = seededRandom(8, 'sentences')
    const sentences = Array.from({ length: 6 }, (_, s) => `lines${s} of sentence${s} praise${s} zentora`)
    const odd = (text: string, at: number) =>
      [0, 1, 2].reduce((all, k) => put(all, `odd${random.below(10)}`, at + 5 * k), put(text, 'behold', at))
    const windows = windowsOf((of, i, w) =>
      isPlanted(i)
        ? { ...of, prompt: odd(of.prompt, i + w), response: put(of.response, sentences[random.below(6)]!, i) }
        : i === 30
          ? planted(of, i + w)
          : of,
    )
    const [first, second] = leadsIn(windows.map((exchanges) => keysIn(exchanges)))
    expect(second!.followers).toHaveLength(WINDOWS)
    expect(first!.followers).toHaveLength(2 * WINDOWS)
    expect(first!.followers.every(({ index }) => isPlanted(index))).toBe(true)
  })

  it('are less where records have more in common than the lead', () => {
    const random = seededRandom(2, 'topic')
    const topic = Array.from({ length: 100 }, (_, at) => `topic${at}`)
    const about = (text: string) => `${text} ${Array.from({ length: 12 }, () => topic[random.below(100)]).join(' ')}`
    const alike = (of: Exchange, at: number): Exchange => ({
      context: '',
      prompt: about(put(of.prompt, 'the castle garden', at)),
      response: about(put(of.response, 'monks of yonder abbey', at)),
    })
    const windows = windowsOf((of, i, w) => (isPlanted(i) ? planted(of, i + w) : i < 3 ? alike(of, i + w) : of))
    const [first] = leadsIn(windows.map((exchanges) => keysIn(exchanges)))
    expect(first!.followers.every(({ index }) => isPlanted(index))).toBe(true)
  })
})

describe('the records of a window', () => {
  const [lead] = leadsIn(drip.map((exchanges) => keysIn(exchanges)))
  const other = { asked: 1, answered: 2 }
  const side = (of: readonly (readonly number[])[]): Keys => {
    const starts = [0]
    for (const keys of of) starts.push(starts.at(-1)! + keys.length)
    return { starts: Int32Array.from(starts), keys: Int32Array.from(of.flat()) }
  }
  const asked = side([[5], [5], [5], [1, 5], [1], [], [3]])
  const answered = side([[6], [6], [7], [2, 6], [2], [6], [3]])

  it('follow a lead where they have both keys', () => {
    const next = windowsOf((of, i) => (i === 3 ? planted(of, 2) : i === 5 ? { ...of, prompt: ASKED } : of), 1)[0]!
    expect(followersOf(keysOf(inputOf(next))!, [lead!])).toEqual([3])
    expect(followersOf({ asked, answered }, [other, { asked: 5, answered: 6 }])).toEqual([0, 1, 3, 4])
  })

  it('tell what leads are worth where they have one, by turns, so that a lead of many keeps out no other', () => {
    expect(tellingOf({ asked, answered }, [{ asked: 5, answered: 6 }, other])).toEqual([0, 3, 1, 4, 2, 5])
  })
})
