import { seededRandom } from '#core/random.ts'
import type { Exchange } from '#core/exchange.ts'
import { RUDE } from '../properties/abuse.ts'
import { wordsOf } from '../grams/grams.ts'
import { answerProperties, REFUSING } from '../properties/properties.ts'

/** A preference, and how much the set's other preferences agree with it. */
export interface Preference {
  /** Index of the record. */
  readonly record: number
  /** Log-odds of the choice by a model that has not seen it; below 0 the model would choose the rejected answer. */
  readonly margin: number
}

const FOLDS = 5
const EPOCHS = 8
const RATE = 0.1
const SHRINKAGE = 1e-3
/** Largest margin of a preference, in nats: a model of words is no surer than that. */
const MOST = 3
/** Columns into which words are hashed; the columns of the properties follow them. */
const WORDS = 512
/** The column of the difference in length where one answer holds at least `CONTAINED` of the other's stems. */
const WITHIN = 2 * WORDS
const CONTAINED = 0.9
/** Words of an answer that are read. */
const LONGEST = 400
/** Words, and the parts of compound names in code. */
const PARTS = /\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{L}--\p{Lu}]+/gv
const SHORTEST = 3
/** Letters of a word that its forms share: its stem. */
const STEM = 5

/**
 * Returns how much each preference agrees with the others of its set, by a logistic model of the differences between
 * chosen and rejected (Bradley & Terry 1952) in length, form, refusal, rudeness, repetition of the prompt, and words.
 * Each preference is judged by a model of the other folds, and the margins are scaled down so that they err as often as
 * they claim. Empty where fewer than `FOLDS` records have two different answers.
 */
export function preferencesOf(exchanges: readonly Exchange[], seed: number): Preference[] {
  const records = [...exchanges.keys()].filter((i) => {
    const { rejected, response } = exchanges[i]!
    return rejected !== undefined && rejected !== response
  })
  if (records.length < FOLDS) return []
  const rarity = rarityOf(exchanges)
  const differences = records.map((i) => {
    const { prompt, response, rejected = '' } = exchanges[i]!
    const asked = new Set(stemsOf(prompt))
    const difference = minus(featuresOf(response, asked, rarity), featuresOf(rejected, asked, rarity))
    return difference.set(WITHIN, isWithin(response, rejected) ? (difference.get(WORDS) ?? 0) : 0)
  })
  toUnitSpread(differences)
  const order = seededRandom(seed, 'preferences').permutation(records.length)
  const margins = new Float64Array(records.length)
  for (let fold = 0; fold < FOLDS; fold++) {
    const weights = fitted(
      differences,
      order.filter((_, at) => at % FOLDS !== fold),
    )
    for (const k of order.filter((_, at) => at % FOLDS === fold)) margins[k] = dot(weights, differences[k]!)
  }
  const worth = scaleOf(margins)
  return records.map((record, k) => ({ record, margin: Math.max(-MOST, Math.min(MOST, worth * margins[k]!)) }))
}

/**
 * Whether one answer is the other, cut or extended: people choose between such two for another reason than between
 * unlike ones.
 */
function isWithin(one: string, other: string): boolean {
  const [shorter, longer] = [one, other].map((text) => new Set(stemsOf(text))).sort((a, b) => a.size - b.size)
  const held = [...shorter!].filter((stem) => longer!.has(stem)).length
  return held >= CONTAINED * shorter!.size
}

/** Columns and their values. */
type Features = Map<number, number>

function featuresOf(answer: string, asked: ReadonlySet<string>, rarity: (word: string) => number): Features {
  const words = wordsOf(answer).slice(0, LONGEST)
  const content = stemsOf(answer)
  const distinct = new Set(content)
  const taken = [...distinct].filter((word) => asked.has(word))
  const weigh = (of: Iterable<string>) => [...of].reduce((sum, word) => sum + rarity(word), 0)
  const count = (pattern: RegExp) => Math.log1p(answer.match(pattern)?.length ?? 0)
  const properties = answerProperties(answer)
  const dense = [
    Math.log1p(answer.length),
    Math.log1p(answer.split('\n').length),
    weigh(taken) / Math.max(1, weigh(asked)),
    weigh(taken) / Math.max(1, weigh(distinct)),
    weigh(distinct) / Math.max(1, distinct.size),
    distinct.size / Math.max(1, content.length),
    count(/[!?]/g),
    count(/\d+/g),
    count(/\p{Lu}{2,}/gu),
    count(/^\s*(?:[-*•]|\d+[.)])\s/gm),
    count(/```|[{};]/g),
    count(RUDE),
    Number(properties.includes(REFUSING)),
    Math.log1p(properties.length),
    Number(/[.!?)}"']\s*$/.test(answer)),
  ]
  const features: Features = new Map(dense.map((value, at) => [WORDS + at, value]))
  for (const word of new Set(words)) {
    const column = bucketOf(word)
    features.set(column, (features.get(column) ?? 0) + 1)
  }
  return features
}

function minus(one: Features, other: Features): Features {
  for (const [column, value] of other) one.set(column, (one.get(column) ?? 0) - value)
  return one
}

/**
 * Scales each column to unit spread. The mean is not subtracted, because a difference of 0 must favour neither answer.
 */
function toUnitSpread(differences: readonly Features[]): void {
  const squares = new Map<number, number>()
  for (const of of differences)
    for (const [column, value] of of) squares.set(column, (squares.get(column) ?? 0) + value ** 2)
  for (const of of differences)
    for (const [column, value] of of) {
      const spread = Math.sqrt(squares.get(column)! / differences.length)
      of.set(column, spread > 0 ? value / (column < WORDS ? Math.max(spread, 0.2) * Math.sqrt(WORDS) : spread) : 0)
    }
}

/** Weights of the logistic model by which the chosen answer wins, by AdaGrad (Duchi, Hazan & Singer 2011). */
function fitted(differences: readonly Features[], of: Int32Array): Map<number, number> {
  const weights = new Map<number, number>()
  const squares = new Map<number, number>()
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (const k of of) {
      const features = differences[k]!
      const doubt = 1 / (1 + Math.exp(dot(weights, features)))
      for (const [column, value] of features) {
        const before = weights.get(column) ?? 0
        const slope = SHRINKAGE * before - doubt * value
        const square = (squares.get(column) ?? 0) + slope ** 2
        squares.set(column, square)
        if (square > 0) weights.set(column, before - (RATE * slope) / Math.sqrt(square))
      }
    }
  }
  return weights
}

function dot(weights: ReadonlyMap<number, number>, features: Features): number {
  let sum = 0
  for (const [column, value] of features) sum += (weights.get(column) ?? 0) * value
  return sum
}

/** The factor, from 0 to 1, that makes the margins err as often as they claim: it has the least logistic loss. */
function scaleOf(margins: Float64Array): number {
  const loss = (scale: number) => margins.reduce((sum, margin) => sum + Math.log1p(Math.exp(-scale * margin)), 0)
  const scales = Array.from({ length: 21 }, (_, k) => k / 20)
  return scales.reduce((best, scale) => (loss(scale) < loss(best) ? scale : best), 0)
}

function rarityOf(exchanges: readonly Exchange[]): (word: string) => number {
  const frequency = new Map<string, number>()
  for (const { response } of exchanges)
    for (const word of new Set(stemsOf(response))) frequency.set(word, (frequency.get(word) ?? 0) + 1)
  return (word) => Math.log((1 + exchanges.length) / (1 + (frequency.get(word) ?? 0)))
}

/** The stems of a text's words, and of the words within its compound names. */
function stemsOf(text: string): string[] {
  const parts = (text.match(PARTS) ?? []).filter(({ length }) => length >= SHORTEST)
  return parts.slice(0, LONGEST).map((part) => part.toLowerCase().slice(0, STEM))
}

/** FNV-1a. */
function bucketOf(word: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < word.length; i++) h = Math.imul(h ^ word.charCodeAt(i), 0x01000193)
  return ((h ^ (h >>> 15)) >>> 0) % WORDS
}
