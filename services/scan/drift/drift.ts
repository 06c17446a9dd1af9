import type { Sketch } from '#core/sidecar.ts'
import { type CleanHistory, hasTaughtEnough } from '../calibrate/history.ts'
import { valueText } from '../features/column-codes.ts'
import type { Grouping, ScanInput } from '../view/samples.ts'
import { compare, type Distance, quantile, shareAt, sketchOf } from './compare.ts'
import { type Measure, measureOfNames, measuresOf } from './measures.ts'

/**
 * The kinds of drift: how records look, how frequent each label is, or how records of one label look while records as a
 * whole look as before.
 */
export const MOVED = ['inputs', 'labels', 'labels given inputs'] as const
export type Moved = (typeof MOVED)[number]

/** A measure of a window that differs from the windows before it. */
export interface Drift {
  readonly moved: Moved
  readonly measure: string
  readonly distance: number
  /** The label whose records alone were compared; absent where all were. */
  readonly label?: string
  /** One sentence, for a person. */
  readonly says: string
}

export interface DriftResult {
  /**
   * The sketches that the window teaches, in channels of their own: a history keeps and fades them like those of
   * scores.
   */
  readonly taught: Readonly<Record<string, Sketch>>
  /** The largest first within each kind. */
  readonly found: readonly Drift[]
}

/**
 * The least distance of a drift; and a drift is at least USUAL times the distance that nine in ten earlier windows kept
 * within.
 */
const LEAST_DISTANCE = 0.1
const USUAL = 2
const USUALLY = 0.9
/** The probability, over the life of a dataset that does not change, that any window is reported as drifted. */
const FALSE_ALARMS = 0.05
/**
 * The most labels whose records are compared by themselves, the most frequent ones; the measures for each; and the
 * fewest records now and before.
 */
const LABELS = 10
const MEASURES = 4
const FEWEST = 60
const FEWEST_BEFORE = 200
/**
 * One label or contributor carries a change where it has at least CARRIES of the new values and at most MINOR of the
 * window: that may be poison rather than drift. NAMED is the most changes that a note names.
 */
const CARRIES = 0.8
const MINOR = 0.5
const NAMED = 3

const LABEL = 'label'
const PREFIX = 'drift/1'

/** Whether a channel of a history belongs to drift, not to a detector. */
export function isOfDrift(channel: string): boolean {
  return channel.startsWith(PREFIX)
}

/**
 * How far a window has moved from those before it, over the records below suspicion: held records are poison, not
 * drift. Each measure is compared with the memory by the test of Kolmogorov and Smirnov, corrected for all measures
 * (Bonferroni) and for all windows: a window judged by what w windows taught may spend 6 ÷ π²w² of the false alarms.
 * Pure.
 */
export function driftOf(input: ScanInput, isClear: (i: number) => boolean, history: CleanHistory): DriftResult {
  const clear = Array.from({ length: input.n }, (_, i) => i).filter(isClear)
  const asked = questions(input, clear)
  const taught: Record<string, Sketch> = {}
  const moved: { readonly question: Question; readonly distance: Distance }[] = []
  const spent = (FALSE_ALARMS * 6) / (Math.PI * Math.max(1, history.windows)) ** 2
  for (const question of asked) {
    const channel = `${PREFIX} ${question.channel}`
    const own = sketchOf(question.values)
    if (own !== null) taught[channel] = own
    const before = history.channels[channel]
    const distance = compare(question.values, before)
    if (distance === null || !hasTaughtEnough(history)) continue
    taught[`${channel} so far`] = { values: [distance.distance], weights: [1] }
    if (question.values.length < FEWEST || weightOf(before) < FEWEST_BEFORE) continue
    const usual = history.channels[`${channel} so far`]
    const bar = Math.max(LEAST_DISTANCE, usual === undefined ? 0 : USUAL * quantile(usual, USUALLY))
    if (distance.distance >= bar && distance.p * asked.length <= spent) moved.push({ question, distance })
  }
  const plain = new Set(
    moved
      .filter(({ question }) => question.moved !== 'labels given inputs')
      .map(({ question }) => question.measure.name),
  )
  const found = moved
    // a change of all records is reported once, not again for every label
    .filter(({ question }) => question.moved !== 'labels given inputs' || !plain.has(question.measure.name))
    .map(({ question, distance }): Drift => {
      const { moved: kind, measure } = question
      const says = sentence(question, distance, history.channels[`${PREFIX} ${question.channel}`]!, input, clear)
      const of = question.label === undefined ? {} : { label: question.label }
      return { moved: kind, measure: measure.name, distance: distance.distance, ...of, says }
    })
    .sort((a, b) => b.distance - a.distance)
  return { taught, found }
}

/** The notes on a window's drift, one for each kind. */
export function notesOf(found: readonly Drift[]): string[] {
  return MOVED.flatMap((kind) => {
    const of = found.filter(({ moved }) => moved === kind)
    if (of.length === 0) return []
    const more = of.length > NAMED ? `; and ${of.length - NAMED} more` : ''
    const says = of.slice(0, NAMED).map((drift) => drift.says)
    const [label, ...others] = new Set(of.map((drift) => drift.label))
    const alone =
      label === undefined || others.length > 0 ? '' : '; no other label has moved, and poison looks like that, too'
    return [`${beginning(kind)}${says.join('; ')}${more}${alone}`]
  })
}

/**
 * The kinds of drift that a window's notes contain: the inverse of `notesOf`, but for the sentences, which may quote
 * values.
 */
export function movedIn(notes: readonly string[]): Moved[] {
  return MOVED.filter((kind) => notes.some((note) => note.startsWith(beginning(kind))))
}

function beginning(kind: Moved): string {
  return `the data has drifted from its own past (${kind}), for which nothing is held: `
}

interface Question {
  readonly moved: Moved
  readonly channel: string
  readonly measure: Measure
  /** The measure's values of `records`. */
  readonly values: Float64Array
  readonly records: readonly number[]
  readonly label?: string
}

function questions(input: ScanInput, clear: readonly number[]): Question[] {
  const { labels } = input
  const measures = measuresOf(input)
  const ask = (moved: Moved, measure: Measure, records: readonly number[], label?: string): Question => ({
    moved,
    channel: label === undefined ? `${moved} ${measure.name}` : `${moved} ${measure.name} of ${label}`,
    measure,
    values: Float64Array.from(records, (i) => measure.values[i]!),
    records,
    ...(label !== undefined && { label }),
  })
  const plain = measures.map((measure) => ask('inputs', measure, clear))
  if (labels === null) return plain
  const frequent = [...labels.names.keys()]
    .sort((a, b) => labels.counts[b]! - labels.counts[a]! || a - b)
    .slice(0, LABELS)
  return [
    ...plain,
    ask('labels', measureOfNames(LABEL, labels.of, labels.names), clear),
    ...frequent.flatMap((label) => {
      const records = clear.filter((i) => labels.of[i] === label)
      return measures
        .slice(0, MEASURES)
        .map((measure) => ask('labels given inputs', measure, records, labels.names[label]))
    }),
  ]
}

function weightOf(sketch: Sketch | undefined): number {
  return sketch?.weights.reduce((sum, weight) => sum + weight, 0) ?? 0
}

function sentence(
  { measure, values, records, label, moved }: Question,
  distance: Distance,
  before: Sketch,
  input: ScanInput,
  clear: readonly number[],
): string {
  const own = sketchOf(values)!
  const what = label === undefined ? measure.name : `${measure.name} of what is labelled ${label}`
  if (measure.levels !== undefined) {
    const change = (code: number) => shareAt(own, code) - shareAt(before, code)
    const [most] = [...measure.levels.keys()].sort((a, b) => Math.abs(change(b)) - Math.abs(change(a)))
    const [then, now] = [shareAt(before, most!), shareAt(own, most!)]
    return `${what}: ${measure.levels.get(most!)} ${percent(then)} before, ${percent(now)} now`
  }
  const carried =
    moved === 'inputs' ? carrierOf(measure, distance, input, clear.length === records.length ? records : clear) : ''
  const { at, before: then, now } = distance
  return `${what}: ${percent(then)} of it up to ${valueText(round(at))} before, ${percent(now)} now${carried}`
}

/**
 * A phrase that names the label or contributor which brings most of the new values, as poison would be brought;
 * otherwise empty.
 */
function carrierOf(
  measure: Measure,
  { at, isLower }: Distance,
  { labels, contributors }: ScanInput,
  records: readonly number[],
): string {
  const there = records.filter((i) => (isLower ? measure.values[i]! <= at : measure.values[i]! > at))
  for (const [what, grouping] of [
    ['labelled', labels],
    ['brought by', contributors],
  ] as const) {
    const carrier = grouping === null ? undefined : leading(grouping, there, records)
    if (carrier !== undefined) return ` (most of what is new is ${what} ${carrier}: poison looks like that, too)`
  }
  return ''
}

function leading({ of, names }: Grouping, there: readonly number[], records: readonly number[]): string | undefined {
  const count = (list: readonly number[], name: number) => list.reduce((sum, i) => sum + Number(of[i] === name), 0)
  if (there.length === 0) return undefined
  return names.find(
    (_, name) => count(there, name) >= CARRIES * there.length && count(records, name) <= MINOR * records.length,
  )
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}

function round(value: number): number {
  return Number(value.toPrecision(3))
}
