import { seededRandom, type Random } from '#core/random.ts'
import type { AnySamples, Attack, AttackOptions, Column, Groups, Images, LabelledWindow, Table } from './types.ts'

/** What an attack works with: copies it may write to, its two streams of chance, and who may be struck. */
export interface Plan {
  readonly n: number
  /** Records to poison. */
  readonly count: number
  readonly classes: number
  /** Random by seed, among the labels that are not rare. */
  readonly target: number
  readonly labels: Int32Array
  readonly poisoned: Uint8Array
  readonly neutral: Uint8Array
  /** For trigger and target: the same in every window of a campaign. */
  readonly fixed: Random
  /** For the choice of records and what varies between them. */
  readonly varied: Random
  /** Indices whose original label satisfies `keep`, shuffled. */
  choose(keep?: (label: number, index: number) => boolean): Int32Array
  /** Marks the first `count` of `candidates` as poisoned and returns them. */
  strike(candidates: Int32Array): Int32Array
  /** Marks the first `count` of `candidates` that are not struck yet as neutral and returns them. */
  cover(candidates: Int32Array, count: number): Int32Array
}

interface Recipe<S extends AnySamples> {
  readonly name: string
  readonly definition: string
  readonly family: Attack['family']
  readonly labels: Attack['labels']
  /** Changes the copies in place and returns what it did, in a sentence. */
  act(samples: S, plan: Plan, options: AttackOptions): string
  /** True where the attack has no target label. */
  readonly untargeted?: boolean
}

/** An attack from its recipe: copying, choosing, counting and describing are the same for all. */
export function attackOf<S extends AnySamples>(recipe: Recipe<S>): Attack<S> {
  const { name, definition, family, labels } = recipe
  return {
    name,
    definition,
    family,
    labels,
    apply(window, options) {
      const plan = planOf(window, options, name)
      const samples = copySamples(window.samples)
      const done = recipe.act(samples, plan, options)
      const target = recipe.untargeted === true ? -1 : plan.target
      return {
        samples,
        labels: groupsOf(plan.labels, window.labels.names),
        contributors: window.contributors,
        poisoned: plan.poisoned,
        neutral: plan.neutral,
        target,
        description: `${name}: ${done}`,
        definition,
      }
    },
  }
}

export function groupsOf(of: Int32Array, names: readonly string[]): Groups {
  const counts = new Int32Array(names.length)
  for (const g of of) if (g >= 0) counts[g]!++
  return { of, names, counts }
}

/** A target has at least this share of the window: a handful of records is nothing to hide among. */
const MIN_TARGET_SHARE = 0.02

function planOf(window: LabelledWindow, options: AttackOptions, name: string): Plan {
  if (!(options.rate >= 0 && options.rate <= 1)) throw new RangeError('a rate is a share from 0 to 1')
  const original = window.labels.of
  const n = original.length
  const fixed = seededRandom(options.seed, `attack/${name}`)
  const varied = seededRandom(options.seed, `attack/${name}/window/${options.window ?? 0}`)
  const classes = fixed.permutation(window.labels.names.length)
  const target = classes.find((c) => (window.labels.counts[c] ?? 0) >= MIN_TARGET_SHARE * n) ?? 0
  const count = Math.round(options.rate * n)
  const poisoned = new Uint8Array(n)
  const neutral = new Uint8Array(n)
  return {
    n,
    count,
    classes: window.labels.names.length,
    target,
    labels: original.slice(),
    poisoned,
    neutral,
    fixed,
    varied,
    choose(keep = () => true) {
      return varied.permutation(n).filter((i) => keep(original[i] ?? -1, i))
    },
    strike(candidates) {
      const struck = candidates.subarray(0, count)
      for (const i of struck) poisoned[i] = 1
      return struck
    },
    cover(candidates, wanted) {
      const covers = candidates.filter((i) => poisoned[i] === 0 && neutral[i] === 0).subarray(0, wanted)
      for (const i of covers) neutral[i] = 1
      return covers
    },
  }
}

function copySamples<S extends AnySamples>(samples: S): S {
  return copyOf(samples) as S
}

function copyOf(samples: AnySamples): AnySamples {
  if (samples.kind === 'image') return { ...samples, pixels: { ...samples.pixels, data: samples.pixels.data.slice() } }
  if (samples.kind === 'text') return { ...samples, texts: [...samples.texts] }
  return { ...samples, columns: samples.columns.map(copyColumn) }
}

function copyColumn(column: Column): Column {
  return column.type === 'number'
    ? { ...column, values: column.values.slice() }
    : { ...column, codes: column.codes.slice() }
}

/** Image i as a view to write to. */
export function imageAt(images: Images, i: number): Float32Array {
  return images.pixels.data.subarray(i * images.pixels.cols, (i + 1) * images.pixels.cols)
}

/** The value an 8-bit file would hold: poison must not betray itself by fractions that no clean record has. */
export function eightBit(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 255) / 255
}

export function numberColumns(table: Table): Extract<Column, { type: 'number' }>[] {
  return table.columns.filter((column) => column.type === 'number')
}

/** Sets the label of every record in `of`. */
export function relabel(plan: Plan, of: Int32Array, label = plan.target): void {
  for (const i of of) plan.labels[i] = label
}

export function classMembers(plan: Plan): Int32Array {
  return plan.choose((label) => label === plan.target)
}

export function classOthers(plan: Plan): Int32Array {
  return plan.choose((label) => label !== plan.target && label >= 0)
}
