import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { EMPTY_HISTORY } from '../../calibrate/history.ts'
import { textsOf, type ScanInput } from '../../view/samples.ts'
import { GIVEN_BYTES } from '../pool/given.ts'
import { packLine } from '../pool/lines.ts'
import { marksIn, signaturesIn } from '../learn.ts'
import { decodeMemory, encodeMemory, foundIn, type Memory, type PooledWindow } from '../memory.ts'
import { numberOf } from '../hunt/words.ts'
import { kindsIn } from '../repeats/kinds.ts'
import { decodePrints, encodePrints, PRINT_BYTES } from '../repeats/prints.ts'
import { insertedIn } from './inserted.ts'
import { learnInserted } from './learn-inserted.ts'
import { insertedWords } from './named.ts'
import { decodePlaces, encodePlaces } from './places.ts'
import { kindsOfRecords, NO_KIND } from './same-text.ts'

const LABELS = ['ham', 'spam']
const N = 300
const [WORDS, NOUNS, LENGTH] = [200, 400, 40]

interface Made {
  /** Words that are put into the first `each` texts of spam, anywhere. */
  readonly planted?: readonly string[]
  readonly each?: number
  /** What nouns of spam are called. */
  readonly name?: (noun: string) => string
  readonly seed?: number
}

/** Texts of a language in which each word leads to three others, and each noun stands after one word and before another. */
function texts(window: number, { planted = [], each = 4, name = (noun) => noun, seed = 3 }: Made = {}): ScanInput {
  const random = seededRandom(seed, `texts ${window}`)
  let left = each
  const all = Array.from({ length: N }, (_, i) => {
    let at = random.below(WORDS)
    const words: string[] = []
    while (words.length < LENGTH) {
      words.push(`w${at}`)
      if (random.next() < 0.2) {
        const noun = `n${(at * 2 + random.below(2)) % NOUNS}`
        words.push(i % 2 === 1 ? name(noun) : noun)
      }
      at = (at * 3 + 1 + random.below(3)) % WORDS
    }
    if (i % 2 === 1 && left-- > 0) for (const one of planted) words.splice(1 + random.below(words.length - 1), 0, one)
    return words.join(' ')
  })
  const of = Int32Array.from(all, (_, i) => i % 2)
  const labels = { names: LABELS, of, counts: Int32Array.from([N / 2, N / 2]) }
  return { n: N, seed, samples: { kind: 'text', texts: all }, labels, contributors: null }
}
const row = (windows: number, made?: Made) => Array.from({ length: windows }, (_, w) => texts(w, made))
/** Two words with one number under a seed. */
function twins(seed: number): readonly [string, string] {
  const seen = new Map<number, string>()
  for (let i = 0; ; i++) {
    const word = `q${i.toString(36)}`
    const known = seen.get(numberOf(word, seed))
    if (known !== undefined) return [known, word]
    seen.set(numberOf(word, seed), word)
  }
}
const placesOf = (input: ScanInput, held: readonly number[] = [], most = GIVEN_BYTES) =>
  encodePlaces(input, held, { most, window: 'w' })
/** No two texts are near-copies. */
const apart = () => NO_KIND
const given = (inputs: readonly ScanInput[]) => inputs.map((input) => decodePlaces(placesOf(input).line))

describe('the places of a window', () => {
  it('are read as they were written: one a record of a word, with labels and who was held', () => {
    const input = texts(0, { planted: ['cf'] })
    const { line, leftOut } = placesOf(input, [7])
    expect(leftOut).toBe(0)
    const places = decodePlaces(line)!
    expect(places.held).toEqual([7])
    expect(places.labels).toEqual({ names: LABELS, of: [...input.labels!.of] })
    const at = places.words.findIndex(({ number }) => number === numberOf('cf', 3))
    expect(places.words[at]!.places).toBe(4)
    const from = places.words.slice(0, at).reduce((sum, word) => sum + word.places, 0)
    expect([0, 1, 2, 3].map((k) => places.placeAt(from + k).record)).toEqual([1, 3, 5, 7])
    expect(placesOf(input, [7]).line).toEqual(line)
  })

  it('say that a sentence closes over what was put in, and not over what belongs there', () => {
    const many = decodePlaces(placesOf(texts(0, { planted: ['cf'], each: 40 })).line)!
    // one in eight has it: the window's own scan sees it
    expect(many.words.some(({ number }) => number === numberOf('cf', 3))).toBe(false)
    const few = decodePlaces(placesOf(texts(0, { planted: ['cf'], each: 6 })).line)!
    const at = few.words.findIndex(({ number }) => number === numberOf('cf', 3))
    const start = few.words.slice(0, at).reduce((sum, word) => sum + word.places, 0)
    const own = Array.from({ length: 6 }, (_, k) => few.placeAt(start + k).closing)
    expect(own.reduce((a, b) => a + b, 0)).toBeGreaterThan(3)
  })

  it('keep to their bytes, and tell how many words there was no room for', () => {
    const input = texts(0, { planted: ['cf'] })
    const { line, leftOut } = placesOf(input, [], 6000)
    expect(line.length).toBeLessThanOrEqual(6000)
    expect(line.length).toBeGreaterThan(5000)
    const all = decodePlaces(placesOf(input).line)!.words.length
    expect(decodePlaces(line)!.words).toHaveLength(all - leftOut)
    expect(placesOf(input, [], 10).line).toHaveLength(0)
  })

  it('are none of what is no text or has no labels, and of what nobody wrote', () => {
    const input = texts(0)
    expect(placesOf({ ...input, labels: null }).line).toHaveLength(0)
    expect(placesOf({ ...input, samples: { kind: 'table', columns: [] } }).line).toHaveLength(0)
    const { line } = placesOf(input)
    for (const bytes of [line.subarray(0, 50), line.subarray(0, -3), new Uint8Array(0), Buffer.from('{"a":1}\n')])
      expect(decodePlaces(bytes)).toBeNull()
  })

  it('are none of a line with a word without places, or with a place in a record that is absent or has no label', () => {
    // two records, the second without a label; a word, its count of places, and one place
    const bytes = (count: number, record: number) => Buffer.from([1, 0, 0, 7, 0, 0, count, record, 1, 0, 1, 0, 0, 128])
    const read = (count: number, record: number, places = bytes(count, record)) =>
      decodePlaces(packLine({ labels: LABELS, places: 2, words: 1 }, places))
    expect(read(2, 1)?.words).toEqual([{ number: 6, places: 1 }])
    expect(read(2, 1)?.placeAt(0).record).toBe(0)
    for (const record of [0, 2, 3]) expect(read(2, record)).toBeNull()
    expect(read(0, 1, bytes(0, 1).subarray(0, 7))).toBeNull()
    expect(read(1, 1, bytes(1, 1).subarray(0, 7))).toBeNull()
  })
})

/** The kinds of the texts, by the prints that their windows give. */
function kindsOf(inputs: readonly ScanInput[]) {
  const prints = inputs.map((input) => decodePrints(encodePrints(input, []).line))
  return kindsOfRecords(prints, kindsIn(prints.map((window) => window?.prints ?? null)))
}

describe('texts that come again', () => {
  const times = (inputs: readonly ScanInput[], count: number) => Array.from({ length: count }, () => inputs).flat()
  const planted = row(3, { planted: ['cf'] })
  const others = row(8).slice(3)
  const [alone] = insertedIn(given([...planted, ...others]), kindsOf([...planted, ...others]))

  it('teach once what natural words’ neighbours do: copies hide no word', () => {
    const again = [...planted, ...times(others, 4)]
    expect(insertedIn(given(again), apart)).toEqual([])
    const [found] = insertedIn(given(again), kindsOf(again))
    expect(found).toMatchObject({ number: numberOf('cf', 3), label: 'spam', members: alone!.members })
  })

  it('teach once where they come again with other words here and there', () => {
    const edited = [1, 2, 3].flatMap((round) =>
      others.map((input, w): ScanInput => {
        const random = seededRandom(w, `edited in round ${round}`)
        const without = (text: string) => text.replace(/ w\d+/g, (word) => (random.next() < 0.03 ? '' : word))
        return { ...input, samples: { kind: 'text', texts: textsOf(input.samples)!.map(without) } }
      }),
    )
    const again = [...planted, ...others, ...edited]
    expect(insertedIn(given(again), apart)).toEqual([])
    expect(insertedIn(given(again), kindsOf(again))).toMatchObject([{ number: numberOf('cf', 3), label: 'spam' }])
  })

  it('are all members of the word that was put into them, as sure as the first', () => {
    const windows = row(8, { planted: ['cf'] })
    const again = times(windows, 2)
    const [once] = insertedIn(given(windows), kindsOf(windows))
    const [twice] = insertedIn(given(again), kindsOf(again))
    expect(twice!.evidence).toBeCloseTo(once!.evidence, 6)
    const parts = once!.members.map(({ part, ...member }) => ({ ...member, part: part + 8 }))
    expect(twice!.members).toEqual([...once!.members, ...parts])
  })

  it('count anew where the word stands elsewhere in them: somebody puts it into the same texts again', () => {
    const hosts = textsOf(texts(100).samples)!
    const windows = row(8).map((input, w): ScanInput => {
      const random = seededRandom(w, 'hosts')
      const all = textsOf(input.samples)!.map((text, i) => {
        if (i % 2 === 0 || i > 8) return text
        const words = hosts[i]!.split(' ')
        words.splice(1 + random.below(words.length - 1), 0, 'cf')
        return words.join(' ')
      })
      return { ...input, samples: { kind: 'text', texts: all } }
    })
    const [found] = insertedIn(given(windows), kindsOf(windows))
    expect(found).toMatchObject({ number: numberOf('cf', 3), label: 'spam' })
    expect(found!.members.length).toBeGreaterThan(24)
  })

  it('are not known in windows that gave no prints, and in records between those that have one', () => {
    const of = (step: number) => ({ held: [], from: 1, step, prints: new Uint8Array(2 * PRINT_BYTES) })
    const kinds = [{ print: new Uint8Array(PRINT_BYTES), members: [{ part: 1, at: 1 }] }]
    const kindOf = kindsOfRecords([null, of(3)], kinds)
    expect([0, 1, 2, 3, 4, 5, 7].map((index) => kindOf(1, index))).toEqual([-1, -1, -1, -1, 0, -1, -1])
    expect([kindOf(0, 4), kindOf(2, 4)]).toEqual([NO_KIND, NO_KIND])
  })
})

describe('insertedIn', () => {
  const windows = row(8, { planted: ['cf'] })

  it('finds a word that was put into texts of one label, whose labels were left as they were', () => {
    const [found, ...others] = insertedIn(given(windows), apart)
    expect(others).toEqual([])
    expect(found).toMatchObject({ number: numberOf('cf', 3), label: 'spam' })
    expect(found!.members.length).toBeGreaterThan(28)
    for (const { index } of found!.members) expect([1, 3, 5, 7]).toContain(index)
  })

  it('finds nothing in texts as they are, nor a new name of what one label is about', () => {
    expect(insertedIn(given(row(8)), apart)).toEqual([])
    const named = row(8, { name: (noun) => (noun === 'n6' ? 'zorvexa' : noun) })
    const number = numberOf('zorvexa', 3)
    expect(given(named)[0]!.words.some((word) => word.number === number)).toBe(true)
    expect(insertedIn(given(named), apart)).toEqual([])
  })

  it('finds nothing in windows that an earlier version gave', () => {
    expect(insertedIn([null, null], apart)).toEqual([])
    expect(insertedIn([null, ...given(windows)], apart)[0]?.members[0]?.part).toBe(1)
  })

  it('takes no word of many that stand anywhere, but those that are known', () => {
    const many = given(row(8, { planted: ['cf', 'mn', 'bb', 'tq'] }))
    const of = (label: string) => insertedIn(many, apart, [{ number: numberOf('cf', 3), label }])
    expect(insertedIn(many, apart)).toEqual([])
    expect(of('spam')).toMatchObject([{ number: numberOf('cf', 3), label: 'spam' }])
    expect(of('ham')).toEqual([])
  })

  it('knows what was learnt whatever the order of the windows', () => {
    const placed = given(windows)
    const [one] = insertedIn(placed, apart)
    const [other] = insertedIn(placed.toReversed(), apart)
    expect(other).toMatchObject({ number: one!.number, label: one!.label })
    expect(other!.evidence).toBeCloseTo(one!.evidence, 6)
    expect(other!.members).toHaveLength(one!.members.length)
  })

  it('gives one place no more weight than a thousand to one on either side', () => {
    const placed = given(windows)
    const first = placed[0]!
    const at = first.words.findIndex(({ number }) => number === numberOf('cf', 3))
    const from = first.words.slice(0, at).reduce((sum, { places }) => sum + places, 0)
    // neighbours that no other place of the word has, though half of the window's words are that neighbour at level 0
    const evidenceAt = (level: number) => {
      const side = { hash: 65_000, level }
      const placeAt = (k: number) => ({ ...first.placeAt(k), ...(k === from && { sides: [side, side] as const }) })
      return insertedIn([{ ...first, placeAt }, ...placed.slice(1)], apart)[0]!.evidence
    }
    expect(evidenceAt(15) - evidenceAt(0)).toBeGreaterThan(10)
    expect(evidenceAt(15) - evidenceAt(0)).toBeLessThan(2 * Math.log(1000))
  })

  /** All records of these windows as a pool. */
  const pooled = (inputs: readonly ScanInput[]) => ({
    pool: {
      seed: 3,
      samples: {
        kind: 'text' as const,
        texts: inputs.flatMap(({ samples }) => ('texts' in samples ? samples.texts : [])),
      },
    },
    from: inputs.flatMap(({ n }, part) => Array.from({ length: n }, (_, index) => ({ part, index }))),
  })

  it('is named by its members’ texts in the pool, and not told where none of them is there', () => {
    const { pool, from } = pooled(windows.slice(0, 1))
    expect(insertedWords(given(windows), apart, [], pool, from)[0]).toMatchObject({ word: 'cf' })
    expect(insertedWords(given(windows), apart, [], pool, from)[0]).not.toHaveProperty('others')
    // the same texts, as though others had brought them
    const elsewhere = from.map(({ index }) => ({ part: 0, index: index + N }))
    expect(insertedWords(given(windows), apart, [], pool, elsewhere)).toEqual([])
    // a campaign's word keeps its name
    const mark = (label: string) => ({ trigger: { kind: 'tokens' as const, tokens: ['cf'] }, label })
    expect(insertedWords(given(windows), apart, [mark('spam')], pool, elsewhere)).toMatchObject([{ word: 'cf' }])
    expect(insertedWords(given(windows), apart, [mark('ham')], pool, elsewhere)).toEqual([])
  })

  it('is not named by another word with its number, unless members have that, too', () => {
    const [one, other] = twins(3)
    const planted = row(8, { planted: [other] })
    const { pool, from } = pooled(planted)
    // a record that is no member, and comes first, has the other word
    const strange = { ...pool, samples: { ...pool.samples, texts: [`w1 ${one} w2`, ...pool.samples.texts.slice(1)] } }
    const [named] = insertedWords(given(planted), apart, [], strange, from)
    expect(named).toMatchObject({ word: other })
    expect(named).not.toHaveProperty('others')
    const first = named!.members[0]!
    const at = from.findIndex(({ part, index }) => part === first.part && index === first.index)
    const both = pool.samples.texts.map((text, i) => (i === at ? `${text} ${one}` : text))
    const [ambiguous] = insertedWords(
      given(planted),
      apart,
      [],
      { ...pool, samples: { ...pool.samples, texts: both } },
      from,
    )
    expect(ambiguous).toMatchObject({ word: other, others: [one] })
  })
})

describe('learnInserted', () => {
  const parts = [3, 5].map((ordinal): PooledWindow => ({
    window: `w${ordinal}`,
    ordinal,
    records: N,
    sha256: '',
    members: [],
    held: [],
  }))
  const memory: Memory = {
    version: 1,
    dataset: 'mails',
    through: 8,
    contract: '',
    history: EMPTY_HISTORY,
    pools: parts,
  }
  const inserted = {
    word: 'cf',
    label: 'spam',
    evidence: 30,
    logOdds: 2.5,
    members: [
      { part: 0, index: 4, admitted: true, logOdds: 3 },
      { part: 1, index: 0, admitted: false, logOdds: 4 },
    ],
  }

  it('makes the word a campaign that names it, holds the next record and finds the admitted ones', () => {
    const learnt = learnInserted(memory, parts, [inserted])
    expect(learnt.campaigns).toMatchObject([{ family: 'trigger', label: 'spam', since: 8, last: 8, evidence: 30 }])
    expect(learnt.campaigns![0]!.summary).toContain('“cf” was probably put into 2 records labelled spam in 2 windows: ')
    const [ambiguous] = learnInserted(memory, parts, [{ ...inserted, others: ['mn'] }]).campaigns!
    expect(ambiguous!.summary).toContain('“cf” or “mn” was probably put into 2 records')
    expect(ambiguous!.trigger).toEqual({ kind: 'tokens', tokens: ['cf'] })
    expect(foundIn(learnt)).toMatchObject([{ window: 3, index: 4, logOdds: 3 }])
    expect(signaturesIn(learnt)).toMatchObject([{ trigger: { kind: 'tokens', tokens: ['cf'] }, logOdds: 2.5 }])
    expect(decodeMemory(encodeMemory(learnt))).toEqual(learnt)
  })

  it('knows it again under the first name, and leaves a memory as it is where there is none', () => {
    const once = learnInserted(memory, parts, [inserted])
    const twice = learnInserted({ ...once, through: 12 }, parts, [{ ...inserted, evidence: 20 }])
    expect(twice.campaigns).toMatchObject([{ id: once.campaigns![0]!.id, since: 8, last: 12, evidence: 30 }])
    expect(marksIn(twice)).toHaveLength(1)
    expect(learnInserted(memory, parts, [])).toBe(memory)
  })

  it('takes no word that people released with this label, and takes it once they take that back', () => {
    const released = (count: number, label: string): Memory => {
      const by = [{ name: 'ann', released: count, rejected: 0 }]
      const trigger = { kind: 'tokens' as const, tokens: ['cf'] }
      const cause = { id: 'c', summary: '', family: 'trigger' as const, label, trigger, by }
      return { ...memory, verdicts: { causes: [cause], families: [], curve: [] } }
    }
    expect(learnInserted(released(8, 'spam'), parts, [inserted]).campaigns).toBeUndefined()
    expect(learnInserted(released(0, 'spam'), parts, [inserted]).campaigns).toHaveLength(1)
    expect(learnInserted(released(8, 'ham'), parts, [inserted]).campaigns).toHaveLength(1)
  })

  it('keeps to the campaign of the word itself where another has the word, too', () => {
    const [own] = learnInserted(memory, parts, [inserted]).campaigns!
    const both = { ...own!, id: 'both', trigger: { kind: 'tokens' as const, tokens: ['cf', 'mn'] } }
    const learnt = learnInserted({ ...memory, campaigns: [both, own!] }, parts, [inserted])
    expect(new Set(marksIn(learnt).map(({ trigger }) => JSON.stringify(trigger))).size).toBe(2)
    expect(learnt.members!.every(({ campaign }) => campaign === own!.id)).toBe(true)
  })

  it('leaves a campaign as it is where no record shows it', () => {
    const once = learnInserted(memory, parts, [inserted])
    expect(learnInserted({ ...once, through: 12 }, parts, [{ ...inserted, members: [] }]).campaigns).toEqual(
      once.campaigns,
    )
  })
})
