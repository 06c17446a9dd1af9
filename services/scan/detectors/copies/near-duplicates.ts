import { type CleanHistory, EMPTY_HISTORY } from '../../calibrate/history.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { WIDEST } from '../../features/tables.ts'
import { row } from '../../numeric/matrix.ts'
import type { Grouping, Samples, TableColumn } from '../../view/samples.ts'
import type { Neighbours, WindowView } from '../../view/window-view.ts'
import { areAlikeInValues, VERY_ALIKE } from './alike-in-values.ts'
import { alteredOneByOne } from './altered.ts'
import { areWithout } from './common-rows.ts'
import { areOfCommonRow } from './common-row.ts'
import { crowds } from './crowds.ts'
import { filledForms } from './forms.ts'
import { nearInValues } from './near-in-values.ts'
import { medianNearest, NEAR, type Near, nearPairs } from './near-pairs.ts'
import { type Apart, apartInOne } from './one-column.ts'
import { areFew, piecedTogether, type Whole } from './pieces.ts'
import { recurringPhrases } from './phrases.ts'
import { groupsBefore, NEAR_DUPLICATES, sizesTaught } from './groups-before.ts'
import { FLOOD, type GroupsBefore, hardlyRepeats, repeatsItself, REPEATS, sizeEvidence, tempered } from './size-law.ts'
import { uncrowded } from './uncrowded.ts'
import { countsRows, NUMBERED, unexplained } from './unexplained.ts'
import { components } from '../components.ts'
import { sharedLabel } from '../shared-label.ts'

export interface NearDuplicatesOptions extends Near {
  /**
   * Nats of evidence that count for little in a table whose rows repeat one another: there are many natural reasons.
   */
  readonly marginInTables: number
}

/**
 * Near-copies: connected components of records that are much closer to one another than the window's records usually
 * are. Real data repeats itself too (boilerplate, rounded rows), and larger groups are rarer than smaller ones. How
 * fast their number falls is measured on the window's smallest groups and extended as a power law. A score is the
 * log-likelihood ratio of the number of groups of the record's size or more against that law; 0 means that the copies
 * are natural here. A flood that escapes a loss or distance filter is found so (Koh, Steinhardt & Liang 2018, Stronger
 * Data Poisoning Attacks).
 */
export class NearDuplicates implements Detector {
  readonly info = NEAR_DUPLICATES
  readonly needs = []
  readonly tags = { role: 'carrier' } as const
  readonly #options: NearDuplicatesOptions
  readonly #history: CleanHistory

  /** `history`: what earlier windows taught, among it how often a table repeats itself. */
  constructor(options: Partial<NearDuplicatesOptions> = {}, history = EMPTY_HISTORY) {
    this.#options = { ...NEAR, marginInTables: 3, ...options }
    this.#history = history
  }

  async score(view: WindowView): Promise<Detection> {
    const neighbours = await neighboursOf(view)
    const scores = new Float64Array(view.n)
    const median = medianNearest(neighbours, view.n)
    const blank = blankImages(view.samples)
    if (median === 0) {
      return { scores, scale: 'absolute', groups: [], why: () => '', notes: [ofNoDistance(view.samples)] }
    }
    if (view.samples.kind === 'table' && view.samples.columns.length < 2) {
      const notes = ['near-duplicates: rows of one column repeat one another as its values do']
      return { scores, scale: 'absolute', groups: [], why: () => '', notes }
    }
    const byValues =
      view.samples.kind === 'table' ? nearInValues(view.samples.columns, neighbours, this.#options, median) : []
    const near = both(nearPairs(neighbours, view.n, this.#options, median), byValues)
    const found = components(view.n, alike(view, near, blank))
    const phrases = view.samples.kind === 'text' ? recurringPhrases(view.samples.texts, found, view.labels) : NONE
    const forms = view.samples.kind === 'text' ? filledForms(view.samples.texts, found) : NONE
    const copies = found.filter((members) => !phrases.has(members))
    const isTable = view.samples.kind === 'table'
    const around = crowds(neighbours, this.#options.share * median)
    const sizeOf =
      view.samples.kind === 'table'
        ? unexplained(view.samples.columns, view.n, around)
        : ({ length }: Int32Array) => length
    const areAlike = view.samples.kind === 'table' ? areAlikeInValues(view.samples.columns) : () => true
    const areVeryAlike =
      view.samples.kind === 'table' ? areAlikeInValues(view.samples.columns, VERY_ALIKE) : () => false
    const isCommon =
      view.samples.kind === 'table' ? areOfCommonRow(view.samples.columns, view.labels, view.n) : () => false
    const before = isTable ? groupsBefore(this.#history, view.n) : null
    const counted = copies.map(sizeOf)
    const hardly = isTable && hardlyRepeats(counted, view.n)
    const evidenceBy = (of: (members: Int32Array) => number) => {
      const evidenceOf = sizeEvidence(
        copies.map(of),
        REPEATS[view.samples.kind] ?? 'seldom',
        before ?? undefined,
        hardly,
      )
      return (members: Int32Array) => evidenceOf(of(members))
    }
    const bySize = evidenceBy(sizeOf)
    // A flood has to be one however much of the groups common values explain.
    const byRest =
      view.samples.kind === 'table' ? evidenceBy(unexplained(view.samples.columns, view.n, around, false)) : bySize
    const evidenceOf = (members: Int32Array) => {
      const found = bySize(members)
      if (found.evidence === 0) return found
      const again = byRest(members)
      return again.evidence < found.evidence ? again : found
    }
    // How often the table repeats itself is known where earlier windows show it, and needs no margin.
    const repeats = before === null && !hardly && repeatsItself(counted, view.n)
    const marginOf = (members: Int32Array) => {
      if (!isTable) return 0
      // Readings one after another are near the next, and copies of nothing.
      if ((around(members).isRun && !(hardly && areVeryAlike(members))) || !areAlike(members)) return Infinity
      return repeats ? this.#options.marginInTables : 0
    }
    const altered =
      view.samples.kind === 'text'
        ? alteredOneByOne(
            view.samples.texts,
            copies.filter(({ length }) => length < FLOOD),
          )
        : () => 0
    const groups: Group[] = []
    const notes = [...withoutContent(blank), ...saidOften(phrases), ...filledIn(forms)]
    const asksAgain = view.samples.kind === 'exchange' ? ASKED_AGAIN * view.n : 0
    let again = 0
    const sizes = new Int32Array(view.n)
    /** The nats of those that no flood explains. */
    const rankedBy = new Float64Array(view.n)
    const common = new Set<Int32Array>()
    for (const members of copies) {
      // Forms are groups of the window like others: the evidence of a flood beside them does not change.
      if (forms.has(members)) continue
      if (members.length < asksAgain) {
        again += members.length
        continue
      }
      const { evidence: ratio, posterior, ranked } = evidenceOf(members)
      if (ratio > 0 && isCommon(members)) {
        common.add(members)
        notes.push(
          `near-duplicates: ${members.length} records hold in every field what is common, beside others that differ little: no copies`,
        )
        continue
      }
      const margin = marginOf(members)
      const evidence = tempered(ratio, margin) + (ratio > 0 ? Math.min(ratio, altered(members)) : 0)
      const isRanked = ranked > 0 && margin < Infinity && !isCommon(members)
      for (const i of members) {
        scores[i] = evidence
        sizes[i] = members.length
        rankedBy[i] = isRanked ? ranked : 0
      }
      if (ratio > margin) groups.push(flood(members, evidence, posterior, view.labels))
      else if (view.samples.kind === 'table') notes.push(...withoutValues(view.samples.columns, members))
    }
    for (const { members, pieces, evidence, posterior } of this.#inPieces(view, copies, { sizeOf, before })) {
      const isNatural =
        !areAlike(members) || [members, ...pieces].some(isCommon) || pieces.some((piece) => around(piece).isRun)
      if (isNatural || members.some((i) => scores[i]! >= evidence)) continue
      for (const i of members) {
        scores[i] = evidence
        sizes[i] = members.length
      }
      const isPiece = (group: Group) => pieces.some((piece) => piece === group.members)
      groups.splice(0, groups.length, ...groups.filter((group) => !isPiece(group)))
      groups.push(flood(members, evidence, posterior, view.labels))
    }
    const butFor = new Map<number, string>()
    for (const { members, column, evidence, posterior } of await this.#apartInOne(view)) {
      const found = members.filter((i) => scores[i]! < evidence)
      if (found.length === 0) continue
      for (const i of found) {
        scores[i] = evidence
        sizes[i] = members.length
        butFor.set(i, ` but for ${column}`)
      }
      groups.push(flood(members, evidence, posterior, view.labels, ` but for ${column}`))
    }
    for (const { members, evidence, posterior } of this.#alteredWithoutLabels(view, neighbours, median)) {
      const own = new Set(members)
      // Those of them that are equal were found before. They stay a group where they are more evidence by themselves, which
      // says nothing about the others.
      const equal = groups.filter((group) => own.has(group.members[0]!))
      for (const group of equal) {
        if (group.evidence <= evidence) groups.splice(groups.indexOf(group), 1)
        else for (const i of group.members) own.delete(i)
      }
      const rest = members.filter((i) => own.has(i))
      for (const i of rest) {
        scores[i] = evidence
        sizes[i] = members.length
      }
      if (rest.length > 0) groups.push(flood(rest, evidence, posterior, null))
    }
    if (again > 0)
      notes.push(
        `near-duplicates: ${again} records repeat others word for word, none of them often; deduplicate before training`,
      )
    const why = (i: number) => `It is one of ${sizes[i]} near-copies of one another${butFor.get(i) ?? ''}.`
    // So many rows of what is common say nothing about copies of others.
    const taught = copies.filter((members) => !common.has(members))
    const teaches = isTable ? { teaches: sizesTaught(taught, sizeOf, view.n) } : {}
    const ranks = scores.map((score, i) => score || rankedBy[i]!)
    return { scores: ranks, scale: 'absolute', groups, why, notes, ...teaches }
  }

  /** Texts without labels are copies where they are equal, or where they were altered one by one: forms are neither. */
  #alteredWithoutLabels({ samples, labels, n }: WindowView, neighbours: Neighbours, median: number): Copies[] {
    if (samples.kind !== 'text' || labels !== null) return []
    const found = components(n, nearPairs(neighbours, n, this.#options, median))
    const evidenceOf = sizeEvidence(found.map(({ length }) => length))
    const altered = alteredOneByOne(
      samples.texts,
      found.filter(({ length }) => length < FLOOD),
    )
    return found.flatMap((members) => {
      const { evidence, posterior } = evidenceOf(members.length)
      const more = evidence > 0 ? Math.min(evidence, altered(members)) : 0
      return more > 0 ? [{ members, evidence: evidence + more, posterior }] : []
    })
  }

  /**
   * Groups of a table that are pieces of one, judged by the sizes that the groups have then. Where a table repeats itself,
   * groups lie beside one another by chance, in any of its columns.
   */
  #inPieces({ samples, n }: WindowView, groups: readonly Int32Array[], { sizeOf, before }: Sizes): (Copies & Whole)[] {
    if (samples.kind !== 'table') return []
    const wholes = piecedTogether(samples.columns, groups)
    const pieces = new Set(wholes.flatMap((whole) => whole.pieces))
    const rest = groups.filter((members) => !pieces.has(members))
    const sizes = [...rest, ...wholes.map(({ members }) => members)].map(sizeOf)
    const evidenceOf = sizeEvidence(sizes, REPEATS.table, before ?? undefined)
    const margin = repeatsItself(sizes, n) ? this.#options.marginInTables + Math.log(samples.columns.length) : 0
    const large = (size: number) => wholes.filter(({ members }) => 2 * sizeOf(members) >= size).length
    return wholes.filter(areFew).flatMap((whole) => {
      const size = sizeOf(whole.members)
      const { evidence, posterior } = evidenceOf(size)
      return evidence > margin && large(size) <= 1 + MOST_BESIDE
        ? [{ ...whole, evidence: tempered(evidence, margin), posterior }]
        : []
    })
  }

  /** Wide rows are compared along axes, which leave no column out. */
  async #apartInOne(view: WindowView): Promise<Apart[]> {
    const { samples, n } = view
    if (samples.kind !== 'table' || (await view.reduced()).cols >= WIDEST) return []
    return apartInOne(await view.neighbours(), { columns: samples.columns, n }, this.#options)
  }
}

/** The neighbours of the records; a table's without the ranks that copies put between rows, unless it is compared along axes. */
async function neighboursOf(view: WindowView): Promise<Neighbours> {
  const neighbours = await view.neighbours()
  if (view.samples.kind !== 'table' || (await view.reduced()).cols >= WIDEST) return neighbours
  return uncrowded(neighbours, view.samples.columns, view.n)
}

/** A flood in pieces has at most this many others of half its size and more beside it: families have more. */
const MOST_BESIDE = 2

/** How a window's groups are counted. */
interface Sizes {
  readonly sizeOf: (members: Int32Array) => number
  readonly before: GroupsBefore | null
}

interface Copies {
  readonly members: Int32Array
  /** In nats. */
  readonly evidence: number
  /** That the group is not natural. */
  readonly posterior: number
}

const NONE: ReadonlySet<Int32Array> = new Set()

/**
 * A group of fewer exchanges than this share of the records is natural: a question that is asked again has the same
 * answer.
 */
const ASKED_AGAIN = 0.01

function* both<T>(first: Iterable<T>, second: Iterable<T>): Generator<T> {
  yield* first
  yield* second
}

/** The pairs that are alike, too, in what the features leave out. */
function alike(
  view: WindowView,
  pairs: Iterable<[number, number]>,
  blank: ReadonlySet<number>,
): Iterable<[number, number]> {
  if (view.samples.kind === 'image') return blank.size === 0 ? pairs : without(blank, pairs)
  if (view.samples.kind === 'table') return equalCategories(view.samples.columns, pairs)
  const texts = view.labels === null ? view.texts() : null
  return texts === null ? pairs : equalTexts(texts, pairs)
}

function* without(left: ReadonlySet<number>, pairs: Iterable<[number, number]>): Generator<[number, number]> {
  for (const [i, j] of pairs) if (!left.has(i) && !left.has(j)) yield [i, j]
}

/** Values of a channel, from 0 to 1, that differ by less are equal: one and a half steps of eight bits. */
const ONE_VALUE = 1.5 / 255

/** Images of one colour: they are alike because they show nothing, as rows without values do. */
function blankImages(samples: Samples): ReadonlySet<number> {
  if (samples.kind !== 'image') return new Set()
  const { pixels, channels } = samples
  const isBlank = (i: number) => {
    const values = row(pixels, i)
    return values.every((value, at) => Math.abs(value - values[at % channels]!) < ONE_VALUE)
  }
  return new Set([...Array.from({ length: pixels.rows }).keys()].filter(isBlank))
}

function* withoutContent({ size }: ReadonlySet<number>): Generator<string> {
  if (size < FLOOD) return
  yield `near-duplicates: ${size} images are of one colour: that is no likeness, and they teach nothing`
}

function* saidOften(phrases: ReadonlySet<Int32Array>): Generator<string> {
  const records = [...phrases].reduce((sum, { length }) => sum + length, 0)
  if (records === 0) return
  yield `near-duplicates: ${records} records are phrases of few words that recur, ${phrases.size} in all: how often says nothing`
}

function* filledIn(forms: ReadonlySet<Int32Array>): Generator<string> {
  for (const { length } of forms)
    yield `near-duplicates: ${length} records fill in one form, each with words of its own: they are no copies`
}

/** Share of the columns in which rows have no value when they are noted as empty. */
const EMPTY = 0.8
/** Columns in which such rows have values at most. */
const MOST_NAMED = 3

function* withoutValues(columns: readonly TableColumn[], members: Int32Array): Generator<string> {
  if (members.length < FLOOD) return
  const filled = columns.filter((column) => !countsRows(column) && !areWithout(column, members)).map(({ name }) => name)
  if (filled.length > Math.min(MOST_NAMED, (1 - EMPTY) * columns.length)) return
  const but = filled.length === 0 ? '' : ` but ${filled.join(', ')}`
  yield `near-duplicates: ${members.length} records have no value in any feature${but}: that is no likeness, and they teach nothing`
}

/** The pairs with equal values in every category, except those that only number the rows. */
function* equalCategories(
  columns: readonly TableColumn[],
  pairs: Iterable<[number, number]>,
): Generator<[number, number]> {
  const categories = columns
    .flatMap((column) => (column.type === 'category' ? [column.values ?? column.codes] : []))
    .filter((values) => new Set(values).size < NUMBERED * values.length)
  for (const [i, j] of pairs) if (categories.every((values) => values[i] === values[j])) yield [i, j]
}

/** The pairs that differ only in letter case and white space: texts without labels are alike in form by nature. */
function* equalTexts(texts: readonly string[], pairs: Iterable<[number, number]>): Generator<[number, number]> {
  const plain = texts.map((text) => text.toLowerCase().replace(/\s+/g, ' ').trim())
  for (const [i, j] of pairs) if (plain[i] !== '' && plain[i] === plain[j]) yield [i, j]
}

function flood(members: Int32Array, evidence: number, posterior: number, labels: Grouping | null, butFor = ''): Group {
  const label = sharedLabel(members, labels)
  const toward = label < 0 ? '' : ` labelled ${labels?.names[label]}`
  return {
    members,
    posterior: new Float64Array(members.length).fill(posterior),
    evidence,
    label,
    summary: `${members.length} near-copies of one record${butFor}${toward}`,
  }
}

/** Why the typical record is at no distance from its nearest: texts of long runs, which are data, have no words. */
function ofNoDistance(samples: Samples): string {
  return samples.kind === 'text' && 2 * new Set(samples.texts).size > samples.texts.length
    ? 'near-duplicates: most texts differ, but only in runs of more than 30 characters, so that copies cannot be told here'
    : 'near-duplicates: most records repeat another exactly, so that copies mean nothing here'
}
