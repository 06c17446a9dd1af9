import { attackNamed } from '#attacks/catalog.ts'
import type { Exchange } from '#attacks/exchanges/plant.ts'
import type { AnySamples, Column, LabelledWindow } from '#attacks/types.ts'
import type { PlannedAttack, PlannedDataset } from './plan.ts'

/** What was done to one record. */
export interface Planting {
  readonly attack: string
  readonly definition: string
}

/** A run of deliveries: the records in delivery order, whose they are, and what was planted among them. */
export interface PlantedBlock {
  readonly samples: AnySamples | { readonly kind: 'exchange'; readonly exchanges: readonly Exchange[] }
  readonly labels: { readonly of: Int32Array; readonly names: readonly string[] }
  /** Per record; undefined for the innocent. */
  readonly planted: readonly (Planting | undefined)[]
  /** Neither poison nor innocent: the originals that a flood copies. */
  readonly neutral: Uint8Array
}

export interface Slot {
  readonly hour: number
  readonly contributor: string
}

/** Applies the day's attacks to one block of deliveries; `slots` says whose delivery each record is in. */
export function plantBlock(
  clean: LabelledWindow,
  slots: readonly Slot[],
  plan: PlannedDataset,
  block: number,
): PlantedBlock {
  const planted: (Planting | undefined)[] = slots.map(() => undefined)
  const neutral = new Uint8Array(slots.length)
  const samples = copyOf(clean.samples)
  const labels = { of: clean.labels.of.slice(), names: clean.labels.names }
  for (const step of plan.attacks) {
    const struck = Int32Array.from(slots.keys()).filter((i) => strikes(step, slots[i]) && planted[i] === undefined)
    if (struck.length === 0) continue
    const counts = new Int32Array(labels.names.length)
    const of = Int32Array.from(struck, (i) => labels.of[i] ?? 0)
    for (const label of of) counts[label] = (counts[label] ?? 0) + 1
    const attack = attackNamed(clean.samples.kind, step.attack)
    const part: LabelledWindow = {
      samples: gather(samples, struck),
      labels: { ...labels, of, counts },
      contributors: null,
    }
    const done = attack.apply(part, { rate: step.rate, seed: step.seed, window: block })
    scatter(samples, struck, done.samples)
    struck.forEach((i, k) => {
      labels.of[i] = done.labels.of[k] ?? 0
      if (done.poisoned[k] === 1) planted[i] = { attack: attack.name, definition: attack.definition }
      if (done.neutral[k] === 1) neutral[i] = 1
    })
  }
  return { samples, labels, planted, neutral }
}

/** Whether a step of the plan strikes what is delivered in this slot. */
export function strikes({ hours, through }: PlannedAttack, slot: Slot | undefined): boolean {
  return (
    slot !== undefined &&
    slot.hour >= hours[0] &&
    slot.hour <= hours[1] &&
    slot.contributor === (through ?? slot.contributor)
  )
}

function copyOf(samples: AnySamples): AnySamples {
  return gather(
    samples,
    Int32Array.from({ length: sizeOf(samples) }, (_, i) => i),
  )
}

function sizeOf(samples: AnySamples): number {
  if (samples.kind === 'image') return samples.pixels.rows
  if (samples.kind === 'text') return samples.texts.length
  const [first] = samples.columns
  return first === undefined ? 0 : first.type === 'number' ? first.values.length : first.codes.length
}

function gather(samples: AnySamples, of: Int32Array): AnySamples {
  if (samples.kind === 'image') {
    const { cols, data } = samples.pixels
    const part = new Float32Array(of.length * cols)
    of.forEach((i, k) => part.set(data.subarray(i * cols, (i + 1) * cols), k * cols))
    return { ...samples, pixels: { rows: of.length, cols, data: part } }
  }
  if (samples.kind === 'text') return { ...samples, texts: Array.from(of, (i) => samples.texts[i] ?? '') }
  return {
    ...samples,
    columns: samples.columns.map((column): Column =>
      column.type === 'number'
        ? { ...column, values: Float64Array.from(of, (i) => column.values[i] ?? Number.NaN) }
        : { ...column, codes: of.map((i) => column.codes[i] ?? -1) },
    ),
  }
}

/** Writes records back to where they were taken from. */
function scatter(into: AnySamples, of: Int32Array, part: AnySamples): void {
  if (into.kind === 'image' && part.kind === 'image') {
    const { cols } = into.pixels
    of.forEach((i, k) => into.pixels.data.set(part.pixels.data.subarray(k * cols, (k + 1) * cols), i * cols))
  }
  if (into.kind === 'text' && part.kind === 'text') {
    const texts = into.texts as string[] // made by gather: a copy of our own
    of.forEach((i, k) => (texts[i] = part.texts[k] ?? ''))
  }
  if (into.kind === 'table' && part.kind === 'table') {
    into.columns.forEach((column, c) => {
      const changed = part.columns[c]
      if (column.type === 'number' && changed?.type === 'number')
        of.forEach((i, k) => (column.values[i] = changed.values[k] ?? Number.NaN))
      if (column.type === 'category' && changed?.type === 'category')
        of.forEach((i, k) => (column.codes[i] = changed.codes[k] ?? -1))
    })
  }
}
