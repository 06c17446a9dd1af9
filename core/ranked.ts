import { isObject } from './turns.ts'
import type { Value } from './value.ts'

const TEXTS = ['response', 'completion', 'answer', 'text', 'content', 'output']
/** Fields that hold a score (more is better) or, below, a rank (less is better). */
const SCORES = ['overall_score', 'score', 'rating', 'reward', 'fine-grained_score']
const RANKS = ['rank', 'ranking', 'order']

/** The best and the worst of a list of responses, each of which has a score or a rank; null if the value is no such list. */
export function rankedOf(value: Value | undefined): readonly [best: string, worst: string] | null {
  if (!Array.isArray(value) || value.length < 2) return null
  const scored: { readonly text: string; readonly score: number }[] = []
  for (const each of value as readonly Value[]) {
    if (!isObject(each)) return null
    const text = TEXTS.map((key) => each[key]).find((member) => typeof member === 'string')
    const score = numberUnder(each, SCORES) ?? negated(numberUnder(each, RANKS))
    if (text === undefined || score === null) return null
    scored.push({ text, score })
  }
  scored.sort((a, b) => b.score - a.score)
  return [scored[0]!.text, scored.at(-1)!.text]
}

/** Scores may be written as text. */
function numberUnder(object: { readonly [key: string]: Value }, keys: readonly string[]): number | null {
  for (const key of keys) {
    const value = object[key]
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof number === 'number' && Number.isFinite(number)) return number
  }
  return null
}

function negated(number: number | null): number | null {
  return number === null ? null : -number
}
