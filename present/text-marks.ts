import { paint, type Look } from './look.ts'
import { visibleLines } from './text.ts'

/** A part of a text, and whether the finding is about it. */
export interface TextPart {
  readonly text: string
  readonly suspect: boolean
}

export interface ExcerptOptions {
  /** The total number of characters to keep. */
  readonly limit: number
  /** Characters of context on either side of a suspect part beyond the opening. */
  readonly context?: number
}

/**
 * `text` cut into parts, with the suspect tokens marked wherever they occur as separate words, in upper or lower case; a token
 * of several words also matches across punctuation and line breaks. Of a long text, the opening and the surroundings of its
 * marks are kept; `…` stands for what was left out.
 */
export function markTokens(text: string, tokens: readonly string[], options: ExcerptOptions): TextPart[] {
  const spans = findTokens(text, tokens)
  const kept = keep(text.length, spans, options)
  const parts: TextPart[] = []
  let end = 0
  for (const [from, to] of kept) {
    if (from > end) parts.push({ text: '…', suspect: false })
    let at = from
    for (const [start, stop] of spans) {
      if (stop <= from || start >= to) continue
      if (start > at) parts.push({ text: text.slice(at, start), suspect: false })
      parts.push({ text: text.slice(Math.max(start, at), Math.min(stop, to)), suspect: true })
      at = Math.min(stop, to)
    }
    if (at < to) parts.push({ text: text.slice(at, to), suspect: false })
    end = to
  }
  if (end < text.length) parts.push({ text: '…', suspect: false })
  return parts
}

type Span = readonly [start: number, stop: number]

const WORD = /[\p{L}\p{N}]/u
const OPENS = String.raw`(?<![\p{L}\p{N}])`
const CLOSES = String.raw`(?![\p{L}\p{N}])`

function findTokens(text: string, tokens: readonly string[]): Span[] {
  const patterns = tokens
    .map((token) => token.match(/[\p{L}\p{N}\p{M}]+|[^\s\p{L}\p{N}\p{M}]+/gu) ?? [])
    .filter((words) => words.length > 0)
    .map((words) => {
      const escaped = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`))
      // signs may be inside a word, above all invisible ones
      const [before, after] = [words.at(0), words.at(-1)].map((word = '') => WORD.test(word))
      return `${before ? OPENS : ''}${escaped.join(String.raw`[^\p{L}\p{N}]{0,40}`)}${after ? CLOSES : ''}`
    })
    .sort((a, b) => b.length - a.length) // the longest match wins
  if (patterns.length === 0) return []
  const pattern = new RegExp(patterns.join('|'), 'giu')
  return Array.from(text.matchAll(pattern), (match) => [match.index, match.index + match[0].length] as const)
}

/** The parts to keep: all of a short text; else the opening and the surroundings of the first marks, merged. */
function keep(length: number, spans: readonly Span[], { limit, context = 80 }: ExcerptOptions): Span[] {
  if (length <= limit) return length === 0 ? [] : [[0, length]]
  const opening = spans.length === 0 ? limit : Math.ceil(limit / 2)
  const kept: [number, number][] = [[0, opening]]
  let left = limit - opening
  for (const [start, stop] of spans) {
    const last = kept.at(-1)
    if (!last || stop + context <= last[1]) continue
    const from = Math.max(start - context, last[1])
    const to = Math.min(stop + context, length, from + left)
    if (to <= from || left <= 0) break
    if (from === last[1]) last[1] = to
    else kept.push([from, to])
    left -= to - from
  }
  return kept
}

/** Parts for a terminal: suspect ones reversed, or in ⟦brackets⟧ if there is no colour. */
export function renderMarks(parts: readonly TextPart[], look: Look): string {
  return parts
    .map(({ text, suspect }) => {
      const safe = visibleLines(text)
      if (!suspect) return safe
      return look.depth === 1 ? `⟦${safe}⟧` : paint(look, 'mark', safe)
    })
    .join('')
}
