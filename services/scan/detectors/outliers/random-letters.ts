import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { lettersRead } from '../../features/letter-surprise.ts'
import { LETTERS, SYMBOLS } from '../../features/trigrams.ts'
import type { Samples } from '../../view/samples.ts'
import type { WindowView } from '../../view/window-view.ts'
import { sharedLabel } from '../shared-label.ts'
import { gainByKeys, newWords } from './key-mashing.ts'

const LONGEST = 4000
/** Nats that a text must gain by being random, over the order and over the frequencies of the window's letters. */
const LEAST_BY_ORDER = 2
const LEAST_BY_LETTERS = 3
/** Nats that a text must gain by keys that lie side by side, over letters drawn evenly. */
const LEAST_BY_KEYS = 5
/** The least share of the words of such texts that no other one has. */
const LEAST_NEW = 0.7
/** Nats of a text that joins others, once they show how many there are. */
const LEAST_TO_JOIN = 3
/** Fewer such texts are oddities; from this share on they are what the set is about. */
const FEWEST = 5
const CUSTOM = 0.2
/**
 * The most often that two letters of different texts may be equal: by chance one in 26 pairs is, .0385; in languages .050
 * to .090.
 */
const MOST_EQUAL = 0.046
/** The least share of a text's characters that must be small letters of words, and its fewest words: one is a name. */
const WORDS = 0.8
const FEWEST_WORDS = 2

/**
 * Texts of random letters, told by two signs that need no other such window. Their letters follow one another less as in
 * this window than by chance; and they are as frequent as by chance, which those of no language are (index of coincidence:
 * Friedman 1922), or each lies beside the one before on a keyboard, which in no language most do. How frequent they are is
 * asked of each text, and of all together: the letters of one text in another language are those of others. Only words in
 * small letters count, so that codes, digests and serial numbers are none. A score is the evidence in nats, corrected for
 * all texts; 0 where there is none.
 */
export class RandomLetters implements Detector {
  readonly info: DetectorInfo = { name: 'random-letters', family: 'outlier', version: 2 }
  readonly needs = ['texts'] as const
  readonly tags = { role: 'carrier' } as const

  score({ n, samples, labels }: WindowView): Promise<Detection> {
    const parts = partsOf(samples)
    const { byLetters, byKeys, letters } = gainsOf(parts)
    const drawn = findGroup(byLetters, n, (first) => equalBetween(first, letters) <= MOST_EQUAL)
    const struck = findGroup(byKeys, n, (first) => newWords(first.map((at) => parts[at]!)) >= LEAST_NEW)
    const groups = [drawn, struck].flatMap(({ group }, which): Group[] => {
      if (group === null) return []
      const label = sharedLabel(group.members, labels)
      const toward = label < 0 ? '' : `, labelled ${labels?.names[label]}`
      const what = which === 0 ? 'random letters, each as frequent as by chance' : 'keys struck side by side'
      return [{ ...group, label, summary: `${group.members.length} texts of ${what}${toward}` }]
    })
    const why = (i: number) => {
      if (struck.scores[i]! > drawn.scores[i]!)
        return 'Its letters follow one another as by chance, and lie side by side on a keyboard.'
      return drawn.scores[i]! > 0
        ? 'Its letters follow one another as by chance, and are as frequent as by chance.'
        : ''
    }
    const scores = drawn.scores.map((score, i) => Math.max(score, struck.scores[i]!))
    return Promise.resolve({ scores, scale: 'absolute', groups, why })
  }
}

/** What texts gain, in nats, by being random: by the order of their letters, and by the second sign. */
interface Gains {
  /** 0 where the second sign does not show. */
  readonly byOrder: Float64Array
  readonly bySign: Float64Array
}

/** The records of such texts by their scores, and as a group where they are enough and not what the set is about. */
function findGroup({ byOrder, bySign }: Gains, n: number, areRandom: (first: readonly number[]) => boolean) {
  const among = (least: number) => [...byOrder.keys()].filter((at) => byOrder[at]! >= least)
  const of = (at: number) => at % n
  const scores = new Float64Array(n)
  const first = among(Math.log(n) + LEAST_BY_ORDER)
  const count = new Set(first.map(of)).size
  if (count === 0 || count >= CUSTOM * n || !areRandom(first)) return { scores, group: null }
  for (const at of first) scores[of(at)] = Math.max(scores[of(at)]!, byOrder[at]! - Math.log(n))
  if (count < FEWEST) return { scores, group: null }
  const prior = Math.log(n / count)
  const joined = among(prior + LEAST_TO_JOIN)
  const odds = new Float64Array(n).fill(-Infinity)
  for (const at of joined) odds[of(at)] = Math.max(odds[of(at)]!, byOrder[at]! - prior)
  const members = Int32Array.from(new Set(joined.map(of))).sort()
  for (const i of members) scores[i] = Math.max(scores[i]!, odds[i]!)
  const posterior = Float64Array.from(members, (i) => 1 / (1 + Math.exp(-odds[i]!)))
  const evidence = first.reduce((sum, at) => sum + bySign[at]!, 0) - Math.log(n)
  return { scores, group: { members, posterior, evidence } }
}

/** The texts that are asked, those of record i at i, i + n, …: of an exchange each part. */
function partsOf(samples: Samples): readonly string[] {
  if (samples.kind === 'text') return samples.texts
  if (samples.kind !== 'exchange') return []
  const { exchanges } = samples
  return [
    ...exchanges.map(({ prompt }) => prompt),
    ...exchanges.map(({ response }) => response),
    ...(exchanges.some(({ rejected }) => rejected !== undefined)
      ? exchanges.map(({ rejected }) => rejected ?? '')
      : []),
  ]
}

/** What texts gain by letters that are as frequent as by chance, and by keys; a text of the second is none of the first. */
function gainsOf(parts: readonly string[]) {
  const read = lettersRead(parts, LONGEST)
  const letters = read.letters()
  const keys = gainByKeys(read, letters)
  const struck = [...keys.keys()].filter((at) => keys[at]! >= LEAST_BY_KEYS)
  // what is struck in many texts would seem to be how the window is written
  const sums = read.surprise(struck.length < CUSTOM * parts.length ? struck : [])
  const all = new Float64Array(LETTERS)
  letters.forEach((count, at) => (all[at % LETTERS]! += count))
  const total = all.reduce((sum, count) => sum + count, 0)
  const none = (): Gains => ({ byOrder: new Float64Array(parts.length), bySign: new Float64Array(parts.length) })
  const [byLetters, byKeys] = [none(), none()]
  parts.forEach((part, at) => {
    const byChance = sums[at]! - read.lengths[at]! * Math.log(SYMBOLS)
    const isStruck = keys[at]! >= LEAST_BY_KEYS
    const gain = byChance + (isStruck ? keys[at]! : 0)
    if (gain <= 0) return
    const own = letters.subarray(at * LETTERS, (at + 1) * LETTERS)
    const sign = isStruck ? keys[at]! : gainByLetters(own, all, total)
    if (sign < LEAST_BY_LETTERS || !isOfWords(part)) return
    const { byOrder, bySign } = isStruck ? byKeys : byLetters
    byOrder[at] = gain
    bySign[at] = sign
  })
  return { byLetters, byKeys, letters }
}

/** What a text gains if its letters are drawn evenly, over those of all others. */
function gainByLetters(own: Int32Array, all: Float64Array, total: number): number {
  const others = total - own.reduce((sum, count) => sum + count, 0) + LETTERS / 2
  let gain = 0
  own.forEach((count, letter) => {
    gain -= count * Math.log((LETTERS * (all[letter]! - count + 0.5)) / others)
  })
  return gain
}

/** Whether nearly all that is written are words in small letters, perhaps with a capital first. */
function isOfWords(part: string): boolean {
  const written = part.slice(0, LONGEST).replaceAll(/\s+/g, '')
  const words = part.slice(0, LONGEST).match(/(?<![\p{L}\p{N}_+/=@.-])\p{Lu}?\p{Ll}{1,13}(?![\p{L}\p{N}_+/=@])/gu) ?? []
  const letters = words.reduce((sum, word) => sum + word.length, 0)
  return words.length >= FEWEST_WORDS && letters >= WORDS * written.length
}

/** How often two letters of different texts are equal. */
function equalBetween(texts: readonly number[], letters: Int32Array): number {
  const all = new Float64Array(LETTERS)
  let [total, within, equalWithin] = [0, 0, 0]
  for (const at of texts) {
    const own = letters.subarray(at * LETTERS, (at + 1) * LETTERS)
    const length = own.reduce((sum, count) => sum + count, 0)
    own.forEach((count, letter) => {
      all[letter]! += count
      equalWithin += count ** 2
    })
    total += length
    within += length ** 2
  }
  const pairs = total ** 2 - within
  return pairs === 0 ? 0 : (all.reduce((sum, count) => sum + count ** 2, 0) - equalWithin) / pairs
}
