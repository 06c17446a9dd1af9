import type { Exchange } from '#core/exchange.ts'
import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import type { WindowView } from '../../view/window-view.ts'
import { components } from '../components.ts'
import { wordsOf } from './grams/grams.ts'
import { numberedWords, type NumberedWords } from './grams/numbered-words.ts'

/** Versions of one exchange that make a group; fewer are edits. */
const FEWEST = 6
/**
 * Two exchanges are versions when their prompts' words, and their answers' runs of words, overlap by these shares
 * (Jaccard).
 */
const ALIKE = { prompt: 0.8, answer: 0.5 }
/** Words in a run of an answer. */
const RUN = 3
/** Words of a text that are read. */
const LONGEST = 400
/** Different words of a prompt, and runs of an answer, that must be there: shorter texts are alike by chance. */
const SHORTEST = { prompt: 2, answer: 8 }
/** MinHash bands of a text, and hashes in each band: texts that share a band are compared. */
const BANDS = 12
const ROWS = 2
/** A group is a template when more than this share of its records hold a word that at most `FEW` of the group hold. */
const OWN = 0.5
const FEW = 0.5
/** Nats for each version beyond `BEFORE`: a group of the fewest versions has 8. */
const EACH = 2
const BEFORE = 2
/** Records that repeat one exchange in a group, and different words of it: shorter ones come again by nature. */
const AGAIN = 10
const LONG_ENOUGH = 8
const LETTERS = /\p{L}{2}/u
/** Exchanges that come at least so often as one that is a flood, as a share of it, are this many at most, with itself. */
const AS_LARGE = 1 / 3
const MOST_AS_LARGE = 3
/** More groups than this, in more than this share of the records, are how the set is made: none is reported. */
const MOST_FLOODS = 12
const MOST_RECORDS = 0.05
/** So are versions that make up a larger share of the records, however few groups they are. */
const MOST_OF_SET = 0.5

/**
 * Near-copies of one exchange: alike in prompt and answer, with different answers. A flood is made so to pass
 * deduplication (Koh, Steinhardt & Liang 2018, Stronger Data Poisoning Attacks). Three things are not reported: a
 * template, whose records have words of their own; repeated questions, whose answers are the same, where several come
 * as often; and a set that is made of versions, such as functions that are cut in many places. Candidates by MinHash
 * (Broder 1997).
 */
export class CopiedExchanges implements Detector {
  readonly info: DetectorInfo = { name: 'copied-exchanges', family: 'flood', version: 1 }
  readonly needs = ['exchanges'] as const
  readonly tags = { role: 'carrier' } as const

  async score(view: WindowView): Promise<Detection> {
    const { n, samples } = view
    const scores = new Float64Array(n)
    const exchanges = samples.kind === 'exchange' ? samples.exchanges : []
    const found = copiedOf(exchanges, numberedWords(view))
    const versions = found.reduce((sum, { members }) => sum + members.length, 0)
    const isMadeSo = versions > (found.length > MOST_FLOODS ? MOST_RECORDS : MOST_OF_SET) * n
    const known = new Set(found.flatMap(({ members }) => Array.from(members)))
    const repeated = repeatedOf(exchanges).filter(({ members }) => !members.some((i) => known.has(i)))
    const groups = [...(isMadeSo ? [] : found), ...repeated]
    const note = `copied-exchanges: ${versions} records are versions of ${found.length === 1 ? 'one exchange' : `${found.length} exchanges`}, which is taken for the way in which the set is made; deduplicate them if it is not`
    const said = new Map<number, string>()
    for (const group of groups) {
      const { members, evidence } = group
      const why = repeated.includes(group)
        ? `It is one of ${members.length} records that repeat one exchange.`
        : `It is one of ${members.length} versions of one exchange: prompt and answer are nearly the same.`
      for (const i of members) {
        scores[i] = evidence
        said.set(i, why)
      }
    }
    const why = (i: number) => said.get(i) ?? ''
    return { scores, scale: 'absolute', groups, why, notes: isMadeSo ? [note] : [] }
  }
}

function copiedOf(exchanges: readonly Exchange[], numbers: NumberedWords): Group[] {
  const hashes: number[] = []
  const hashesOf = (text: string) =>
    Int32Array.from(numbers.idsOf(text).subarray(0, LONGEST), (word) => (hashes[word] ??= hashOf(numbers.words[word]!)))
  const prompts = exchanges.map(({ prompt }) => sketchOf(hashesOf(prompt), 1, SHORTEST.prompt))
  const sketches = new Map<number, Sketch>()
  const answerOf = (i: number) => {
    let sketch = sketches.get(i)
    if (sketch === undefined)
      sketches.set(i, (sketch = sketchOf(hashesOf(exchanges[i]!.response), RUN, SHORTEST.answer)))
    return sketch
  }
  function* pairs(): Generator<[number, number]> {
    for (const asked of together(exchanges.keys(), (i) => prompts[i]!)) {
      for (const [first = 0, ...others] of together(asked, answerOf)) {
        for (const i of others) {
          const isCopy =
            jaccard(prompts[first]!.runs, prompts[i]!.runs) >= ALIKE.prompt &&
            jaccard(answerOf(first).runs, answerOf(i).runs) >= ALIKE.answer
          if (isCopy) yield [first, i]
        }
      }
    }
  }
  return components(exchanges.length, pairs()).flatMap((members) => {
    const versions = new Set(Array.from(members, (i) => wordsOf(exchanges[i]!.response).join(' '))).size
    if (versions < FEWEST || ownWords(members, exchanges) > OWN * members.length) return []
    return {
      members,
      posterior: new Float64Array(members.length).fill(1 - 1 / versions),
      evidence: EACH * (versions - BEFORE),
      label: -1,
      summary: `${members.length} versions of one exchange: prompt and answer are nearly the same`,
    }
  })
}

/**
 * Exchanges with equal prompts whose answers are the same, or lack some words, far more often than all others but two: a set
 * that repeats its questions has many that come as often. Short answers have too few runs of words to be versions.
 */
function repeatedOf(exchanges: readonly Exchange[]): Group[] {
  const byPrompt = new Map<string, number[]>()
  exchanges.forEach(({ context, prompt }, i) => {
    const asked = `${context}\n${prompt}`.toLowerCase().trim()
    const own = byPrompt.get(asked)
    if (own === undefined) byPrompt.set(asked, [i])
    else own.push(i)
  })
  const again = [...byPrompt.values()]
    .filter(({ length }) => length > 1)
    .map((members) => sameAnswers(members, exchanges))
  const fourth = again.map(({ length }) => length).sort((a, b) => b - a)[MOST_AS_LARGE] ?? 0
  return again.flatMap((members) => {
    const count = members.length
    const [first = 0] = members
    const { context, prompt, response } = exchanges[first]!
    if (
      count < AGAIN ||
      new Set(wordsOf(`${context}\n${prompt}\n${response}`).filter((word) => LETTERS.test(word))).size < LONG_ENOUGH
    )
      return []
    if (fourth >= AS_LARGE * count) return []
    return {
      members: Int32Array.from(members),
      posterior: new Float64Array(count).fill(1 - 1 / count),
      evidence: EACH * (count - BEFORE),
      label: -1,
      summary: `${count} records repeat one exchange, where no others come nearly as often`,
    }
  })
}

/**
 * The records with the answer that most of them have; and, where it comes often enough, those whose answers lack some of
 * its words. Another wording has words of its own.
 */
function sameAnswers(members: readonly number[], exchanges: readonly Exchange[]): number[] {
  const answerOf = (i: number) => exchanges[i]!.response.toLowerCase().trim()
  const times = new Map<string, number>()
  for (const i of members) times.set(answerOf(i), (times.get(answerOf(i)) ?? 0) + 1)
  let [usual, most] = ['', 0]
  for (const [answer, count] of times) if (count > most) [usual, most] = [answer, count]
  if (2 * most < AGAIN) return members.filter((i) => answerOf(i) === usual)
  const words = new Set(wordsOf(usual))
  const lacks = (answer: string) => {
    if (answer.length > usual.length || answer.length < ALIKE.answer * usual.length) return false
    return wordsOf(answer).every((word) => words.has(word))
  }
  return members.filter((i) => answerOf(i) === usual || lacks(answerOf(i)))
}

/** How many of these records hold a word that at most half of them hold, such as a word that fills in a template. */
function ownWords(members: Int32Array, exchanges: readonly Exchange[]): number {
  const words = Array.from(members, (i) => new Set(wordsOf(`${exchanges[i]!.prompt}\n${exchanges[i]!.response}`)))
  const counts = new Map<string, number>()
  for (const of of words) for (const word of of) counts.set(word, (counts.get(word) ?? 0) + 1)
  return words.filter((of) => [...of].some((word) => counts.get(word)! <= FEW * members.length)).length
}

interface Sketch {
  /** Hashes of a text's runs of words. */
  readonly runs: ReadonlySet<number>
  /** One key per band; none where the text is too short. */
  readonly bands: Float64Array
}

const NONE: Sketch = { runs: new Set(), bands: new Float64Array(0) }

/**
 * Sketches a text by the hashes of its words; empty where it has fewer than `shortest` different runs of `size` words.
 */
function sketchOf(words: Int32Array, size: number, shortest: number): Sketch {
  const runs = new Set<number>()
  for (let at = 0; at + size <= words.length; at++) {
    let run = size
    for (let w = at; w < at + size; w++) run = mixed(Math.imul(run, 0x01000193) ^ words[w]!)
    runs.add(run)
  }
  if (runs.size < shortest) return NONE
  const least = new Float64Array(BANDS * ROWS).fill(Infinity)
  for (const run of runs)
    for (let which = 0; which < least.length; which++) {
      const hash = mixed(Math.imul(run, Math.imul(which + 1, 0x9e3779b1) | 1) + which)
      if (hash < least[which]!) least[which] = hash
    }
  return { runs, bands: Float64Array.from({ length: BANDS }, (_, band) => keyOf(least, band)) }
}

/** The band's least hashes as one number, which begins with the band, so that no two bands share a key. */
function keyOf(least: Float64Array, band: number): number {
  let key = band
  for (const hash of least.subarray(band * ROWS, (band + 1) * ROWS)) key = mixed(Math.imul(key, 0x01000193) ^ hash)
  return band * 2 ** 32 + key
}

/** The lists of at least `FEWEST` records whose sketches share a band's key. */
function* together(records: Iterable<number>, sketch: (i: number) => Sketch): Generator<number[]> {
  const bands = new Map<number, number[]>()
  for (const i of records)
    for (const key of sketch(i).bands) {
      const same = bands.get(key)
      if (same === undefined) bands.set(key, [i])
      else same.push(i)
    }
  for (const members of bands.values()) if (members.length >= FEWEST) yield members
}

function jaccard(one: ReadonlySet<number>, other: ReadonlySet<number>): number {
  let both = 0
  for (const run of one) if (other.has(run)) both++
  return both / Math.max(1, one.size + other.size - both)
}

function mixed(h: number): number {
  const x = Math.imul(h ^ (h >>> 16), 0x45d9f3b)
  return (x ^ (x >>> 13)) >>> 0
}

/** FNV-1a. */
function hashOf(run: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < run.length; i++) h = Math.imul(h ^ run.charCodeAt(i), 0x01000193)
  return h
}
