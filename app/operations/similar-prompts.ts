import type { FeatureSpec } from '#core/contract.ts'
import { readExchange } from '#core/exchange.ts'
import type { DataRecord } from '#core/record.ts'

/** Orders records by how similar their prompts are. */
export interface SimilarPrompts {
  /** The `count` nearest of `others` to a record, nearest first; distances 0 … 1. Records that share nothing are left out. */
  nearest(record: DataRecord, others: readonly DataRecord[], count: number): readonly Similar[]
}

interface Similar {
  readonly record: DataRecord
  readonly distance: number
}

const WORD = /[\p{L}\p{N}]+/gu
/** The most words of one prompt that are compared. */
const MOST_WORDS = 400

/**
 * Weighted Jaccard distances between the words of prompts (or of the text itself, if there is no prompt); a word weighs more if
 * it is rare among `records` (Ioffe 2010, Improved Consistent Sampling; inverse document frequency).
 */
export function similarPrompts(records: readonly DataRecord[], features: FeatureSpec): SimilarPrompts {
  const wordsOf = new Map(records.map((record) => [record, words(promptOf(record, features))]))
  const placeOf = new Map([...wordsOf.keys()].map((record, place) => [record, place]))
  const holders = new Map<string, number[]>()
  let place = 0
  for (const own of wordsOf.values()) {
    for (const word of own) listOf(holders, word).push(place)
    place++
  }
  const weights = new Map([...holders].map(([word, { length }]) => [word, Math.log(1 + records.length / length)]))
  const weightOf = (word: string) => weights.get(word) ?? Math.log(1 + records.length)
  const weigh = (own: ReadonlySet<string>) => [...own].reduce((sum, word) => sum + weightOf(word), 0)
  const totals = Float64Array.from(wordsOf.values(), weigh)
  return {
    nearest(record, others, count) {
      const own = wordsOf.get(record) ?? words(promptOf(record, features))
      const total = weigh(own)
      const shared = new Float64Array(totals.length)
      for (const word of own) {
        const weight = weightOf(word)
        for (const holder of holders.get(word) ?? []) shared[holder]! += weight
      }
      const found: Similar[] = []
      for (const other of others) {
        const at = placeOf.get(other)
        if (other === record || at === undefined || shared[at] === 0) continue
        found.push({ record: other, distance: 1 - shared[at]! / (total + totals[at]! - shared[at]!) })
      }
      return found.sort((a, b) => a.distance - b.distance).slice(0, count)
    },
  }
}

function listOf(lists: Map<string, number[]>, name: string): number[] {
  const known = lists.get(name)
  if (known !== undefined) return known
  const list: number[] = []
  lists.set(name, list)
  return list
}

function promptOf({ fields }: DataRecord, features: FeatureSpec): string {
  if (features.kind === 'exchange') {
    const { exchange } = readExchange(fields, features)
    return exchange === null ? '' : exchange.prompt === '' ? exchange.response : exchange.prompt
  }
  const value = features.kind === 'text' ? fields[features.field] : undefined
  return typeof value === 'string' ? value : ''
}

function words(text: string): ReadonlySet<string> {
  const found = new Set<string>()
  for (const [word] of text.toLowerCase().matchAll(WORD)) if (found.add(word).size >= MOST_WORDS) break
  return found
}
