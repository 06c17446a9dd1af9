import type { FeatureSpec } from '#core/contract.ts'
import { readExchange } from '#core/exchange.ts'
import type { DataRecord } from '#core/record.ts'

/** Records ordered by how much of what they ask is what another one asks. */
export interface SimilarPrompts {
  /** The `count` nearest of `others` to a record, nearest first; distances 0 … 1, without those that share nothing. */
  nearest(record: DataRecord, others: readonly DataRecord[], count: number): readonly Similar[]
}

interface Similar {
  readonly record: DataRecord
  readonly distance: number
}

const WORD = /[\p{L}\p{N}]+/gu
/** Words of one prompt that are looked at. */
const MOST_WORDS = 400

/**
 * Weighted Jaccard distances between the words of prompts (of the text itself, where nothing is asked), each word weighing as
 * much as it is rare among `records` (Ioffe 2010, Improved Consistent Sampling; inverse document frequency).
 */
export function similarPrompts(records: readonly DataRecord[], features: FeatureSpec): SimilarPrompts {
  const wordsOf = new Map(records.map((record) => [record, words(promptOf(record, features))]))
  const frequency = new Map<string, number>()
  for (const own of wordsOf.values()) for (const word of own) frequency.set(word, (frequency.get(word) ?? 0) + 1)
  const weightOf = (word: string) => Math.log(1 + records.length / (frequency.get(word) ?? 1))
  const weigh = (own: ReadonlySet<string>) => [...own].reduce((sum, word) => sum + weightOf(word), 0)
  const totals = new Map([...wordsOf].map(([record, own]) => [record, weigh(own)]))
  return {
    nearest(record, others, count) {
      const own = wordsOf.get(record) ?? words(promptOf(record, features))
      const total = weigh(own)
      const found: Similar[] = []
      for (const other of others) {
        const theirs = wordsOf.get(other)
        if (other === record || theirs === undefined) continue
        let shared = 0
        for (const word of own) if (theirs.has(word)) shared += weightOf(word)
        if (shared > 0) found.push({ record: other, distance: 1 - shared / (total + totals.get(other)! - shared) })
      }
      return found.sort((a, b) => a.distance - b.distance).slice(0, count)
    },
  }
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
