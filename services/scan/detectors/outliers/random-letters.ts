import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { letterSurprise } from '../../features/letter-surprise.ts'
import { LETTERS, SYMBOLS } from '../../features/trigrams.ts'
import type { Samples } from '../../view/samples.ts'
import type { WindowView } from '../../view/window-view.ts'
import { sharedLabel } from '../shared-label.ts'

const LONGEST = 4000
/** Nats that a text must gain by being random, over the order and over the frequencies of the window's letters. */
const LEAST_BY_ORDER = 2
const LEAST_BY_LETTERS = 3
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
 * Texts of random letters, told by two signs that need no other such window: their letters follow one another less as in
 * this window than by chance, and are as frequent as by chance, which those of no language are (index of coincidence:
 * Friedman 1922). The second is asked of each text, and of all together: the letters of one text
 * in another language are those of others. Only words in small letters count, so that codes, digests and serial
 * numbers are none. A score is the evidence in nats, corrected for all texts; 0 where there is none.
 */
export class RandomLetters implements Detector {
  readonly info: DetectorInfo = { name: 'random-letters', family: 'outlier', version: 1 }
  readonly needs = ['texts'] as const
  readonly tags = { role: 'carrier' } as const

  score({ n, samples, labels }: WindowView): Promise<Detection> {
    const parts = partsOf(samples)
    const gains = gainsOf(parts)
    const among = (least: number) => parts.flatMap((_, at) => (gains.byOrder[at]! >= least ? [at] : []))
    const first = among(Math.log(n) + LEAST_BY_ORDER)
    const of = (at: number) => at % n
    const count = new Set(first.map(of)).size
    const isRandom = count > 0 && equalBetween(first, gains.letters) <= MOST_EQUAL
    const found = isRandom && count >= FEWEST && count < CUSTOM * n
    const scores = new Float64Array(n)
    if (isRandom && count < CUSTOM * n)
      for (const at of first) scores[of(at)] = Math.max(scores[of(at)]!, gains.byOrder[at]! - Math.log(n))
    const groups: Group[] = []
    if (found) {
      const prior = Math.log(n / count)
      const joined = among(prior + LEAST_TO_JOIN)
      const odds = new Float64Array(n).fill(-Infinity)
      for (const at of joined) odds[of(at)] = Math.max(odds[of(at)]!, gains.byOrder[at]! - prior)
      const members = Int32Array.from(new Set(joined.map(of))).sort()
      const label = sharedLabel(members, labels)
      const toward = label < 0 ? '' : `, labelled ${labels?.names[label]}`
      for (const i of members) scores[i] = Math.max(scores[i]!, odds[i]!)
      groups.push({
        members,
        posterior: Float64Array.from(members, (i) => 1 / (1 + Math.exp(-odds[i]!))),
        evidence: first.reduce((sum, at) => sum + gains.byLetters[at]!, 0) - Math.log(n),
        label,
        summary: `${members.length} texts of random letters, each as frequent as by chance${toward}`,
      })
    }
    const why = (i: number) =>
      scores[i]! > 0 ? 'Its letters follow one another as by chance, and are as frequent as by chance.' : ''
    return Promise.resolve({ scores, scale: 'absolute', groups, why })
  }
}

/** The texts that are asked, those of record i at i, i + n, …: of an exchange each part. */
function partsOf(samples: Samples): string[] {
  if (samples.kind === 'text') return [...samples.texts]
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

/** What each text gains by being random, in nats; by order 0 where its letters are not asked, or gain too little. */
function gainsOf(parts: readonly string[]) {
  const { sums, lengths, letters } = letterSurprise(parts, LONGEST)
  const all = new Float64Array(LETTERS)
  letters.forEach((count, at) => (all[at % LETTERS]! += count))
  const total = all.reduce((sum, count) => sum + count, 0)
  const byLetters = new Float64Array(parts.length)
  const byOrder = parts.map((part, at) => {
    const gain = sums[at]! - lengths[at]! * Math.log(SYMBOLS)
    if (gain <= 0) return 0
    const own = letters.subarray(at * LETTERS, (at + 1) * LETTERS)
    const others = total - own.reduce((sum, count) => sum + count, 0) + LETTERS / 2
    own.forEach((count, letter) => {
      byLetters[at]! -= count * Math.log((LETTERS * (all[letter]! - count + 0.5)) / others)
    })
    return byLetters[at]! >= LEAST_BY_LETTERS && isOfWords(part) ? gain : 0
  })
  return { byOrder, byLetters, letters }
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
