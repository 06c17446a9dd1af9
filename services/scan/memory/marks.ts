import type { Trigger } from '#core/score.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import type { Grouping, Samples, ScanInput, TableColumn } from '../view/samples.ts'
import { vocabularyOf } from '../view/vocabulary.ts'
import { DIGITS, valueText } from '../features/column-codes.ts'
import { isTyping, typedOddly } from '../features/odd-typing.ts'
import { keysOf } from './leads/keys.ts'
import { followersOf, type Lead } from './leads/leads.ts'

/**
 * The mark by which a campaign's records are recognised: the trigger, and the label that it comes with; in exchanges the
 * leads, where the campaign follows some.
 */
export interface Mark {
  readonly trigger: Trigger
  readonly label?: string | undefined
  readonly leads?: readonly Lead[] | undefined
}

/** A name that two marks share if they are the same. */
export function markName({ trigger, label }: Mark): string {
  return canonicalJson([trigger, label ?? null] as unknown as Value)
}

/** Each mark once, in order. A campaign that a pool shows again repeats its mark. */
export function distinctMarks(marks: readonly (Mark | null)[]): Mark[] {
  const byName = new Map<string, Mark>()
  for (const mark of marks) {
    if (mark === null) continue
    const name = markName(mark)
    if (!byName.has(name)) byName.set(name, mark)
  }
  return [...byName.values()]
}

/**
 * A pixel matches a trigger's where its grey is this near, and a patch is present where at least this share of its
 * pixels match.
 */
const PIXEL = { near: 0.12, of: 0.9 }
/** The least share of a trigger's phrases that a bearer holds. */
const PHRASES = 0.8

/**
 * The records that bear a mark, ascending; null where the mark cannot be checked on a single record: a pattern or a
 * direction has no exact limit.
 */
export function bearersOf(input: Pick<ScanInput, 'n' | 'samples' | 'labels' | 'seed'>, mark: Mark) {
  const { n, samples, labels } = input
  if (mark.leads !== undefined) {
    const keys = keysOf(input)
    return keys === null ? null : followersOf(keys, mark.leads)
  }
  const holds = holdersOf(samples, mark.trigger)
  if (holds === null) return null
  const labelled = hasLabel(labels, mark.label)
  return Array.from({ length: n }, (_, i) => i).filter((i) => labelled(i) && holds(i))
}

function hasLabel(labels: Grouping | null, label: string | undefined): (i: number) => boolean {
  if (label === undefined) return () => true
  const wanted = labels?.names.indexOf(label) ?? -1
  return (i) => wanted >= 0 && labels?.of[i] === wanted
}

function holdersOf(samples: Samples, trigger: Trigger): ((i: number) => boolean) | null {
  if (trigger.kind === 'patch' && samples.kind === 'image') {
    const { pixels, width, channels } = samples
    const grey = (i: number, at: number) => {
      let sum = 0
      for (let c = 0; c < channels; c++) sum += pixels.data[i * pixels.cols + at * channels + c]! / channels
      return sum
    }
    return (i) => {
      const near = trigger.pixels.filter(({ y, x, value }) => Math.abs(grey(i, y * width + x) - value) <= PIXEL.near)
      return near.length > 0 && near.length >= PIXEL.of * trigger.pixels.length
    }
  }
  if (trigger.kind === 'tokens' && (samples.kind === 'text' || samples.kind === 'exchange')) {
    const { words, offsets, ids } = vocabularyOf(samples)
    const texts = samples.kind === 'text' ? samples.texts : null
    const isTyped = (token: string) => texts !== null && isTyping(token)
    const typing = trigger.tokens.filter(isTyped)
    const phrases = trigger.tokens
      .filter((token) => !isTyped(token))
      .map((phrase) => phrase.toLowerCase().replaceAll(/\s+/g, ' ').trim())
    return (i) => {
      const text = ` ${Array.from(ids.subarray(offsets[i], offsets[i + 1]), (id) => words[id]!).join(' ')} `
      const typed = typing.length > 0 ? typedOddly(texts?.[i] ?? '') : []
      const held = [
        ...phrases.filter((phrase) => text.includes(` ${phrase} `)),
        ...typing.filter((property) => typed.includes(property)),
      ]
      return held.length > 0 && held.length >= PHRASES * trigger.tokens.length
    }
  }
  if (trigger.kind === 'values' && samples.kind === 'table') {
    const columns = trigger.values.map(({ column: name, value }) => {
      const column = samples.columns.find((each) => each.name === name)
      return column === undefined ? () => false : hasValue(column, value)
    })
    return (i) => columns.length > 0 && columns.every((has) => has(i))
  }
  return null
}

/** Whether a cell has a value as it was written for a person: a value, a range between two, or `missing`. */
function hasValue(column: TableColumn, told: string): (i: number) => boolean {
  if (column.type === 'category') {
    return (i) => (column.codes[i]! < 0 ? told === 'missing' : column.levels[column.codes[i]!] === told)
  }
  const { values } = column
  const between = / … /.test(told) ? told.split(' … ') : null
  const [from, to] = between ?? [/^> (.+)$/.exec(told)?.[1], /^≤ (.+)$/.exec(told)?.[1]]
  if (from === undefined && to === undefined) return (i) => valueText(values[i]!) === told
  const [low, high] = [from === undefined ? -Infinity : Number(from), to === undefined ? Infinity : Number(to)]
  // A band of numbers includes both of its ends, which are rounded where they are told.
  const [least, most] = [low + (between === null ? rounding(low) : -rounding(low)), high + rounding(high)]
  return (i) => values[i]! >= least && values[i]! <= most
}

/** How far a number may lie from the one that is told for it. */
function rounding(told: number): number {
  return told === 0 || !Number.isFinite(told) ? 0 : 0.5 * 10 ** (Math.floor(Math.log10(Math.abs(told))) + 1 - DIGITS)
}
