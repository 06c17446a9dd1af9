import { attackNamed, attacksOn } from '#attacks/catalog.ts'
import { shiftsOn } from '#attacks/benign.ts'
import type { Column, LabelledWindow, PoisonedWindow } from '#attacks/types.ts'
import { drawWindow } from '#cli/demo/pool.ts'
import { matrix, type Matrix } from '#services/scan/numeric/matrix.ts'
import { RARE_LEVEL, type ScanInput, type TableColumn } from '#services/scan/view/samples.ts'
import { loadDataset } from '#test/support/datasets/load.ts'
import { IMAGE_SETS, imageSet } from './image-sets.ts'
import { areCoordinates, atMost, untouched } from './untouched.ts'

/** One window to scan: a dataset, what is done to it, and the seed of both. */
export interface Case {
  readonly dataset: string
  /** An attack, a benign shift (`benign:dimmed`), or `clean`. */
  readonly attack: string
  readonly rate: number
  readonly seed: number
  readonly n: number
  /** Clean windows of the same dataset scanned before it, 0 where absent. */
  readonly history?: number
}

export const CLEAN = 'clean'
const BENIGN = 'benign:'

export const isBenign = (attack: string) => attack === CLEAN || attack.startsWith(BENIGN)

/** Every attack and benign shift that suits the dataset, clean first. */
export function actsOn(dataset: string): string[] {
  const { kind } = windowOf(dataset, 4, 0).samples
  return [CLEAN, ...shiftsOn(kind).map(({ name }) => BENIGN + name), ...attacksOn(kind).map(({ name }) => name)]
}

/** Whose images come into whose windows. */
export const FOREIGN: Readonly<Record<string, string>> = { mnist: 'fashion', fashion: 'mnist', ...IMAGE_SETS }

/** Whether there is another data set whose images have the same shape. */
export const hasForeign = (dataset: string): boolean => (FOREIGN[dataset] ?? dataset) !== dataset

export function plantedWindow({ dataset, attack, rate, seed, n }: Case): PoisonedWindow {
  const window = windowOf(dataset, n, seed)
  const { kind } = window.samples
  if (!isBenign(attack)) {
    const donor = attack === 'foreign' ? FOREIGN[dataset] : undefined
    const options = donor === undefined ? {} : { foreign: windowOf(donor, 2000, seed).samples }
    return attackNamed(kind, attack).apply(window, { rate, seed, ...options })
  }
  const shift = attack === CLEAN ? undefined : shiftsOn(kind).find(({ name }) => BENIGN + name === attack)
  if (shift === undefined && attack !== CLEAN) throw new RangeError(`no shift \`${attack}\` on ${kind}`)
  const none = new Uint8Array(window.labels.of.length)
  const definition = shift?.definition ?? 'The dataset as it is.'
  const mark = { poisoned: none, neutral: none, target: -1, description: attack, definition }
  return { ...(shift?.apply(window, seed) ?? window), ...mark }
}

/** Window 0 is the one that is poisoned; those after it hold other records of the same dataset. */
export function windowOf(dataset: string, n: number, seed: number, window = 0): LabelledWindow {
  const pool = untouched(dataset) ?? imageSet(dataset)
  return pool === undefined
    ? drawWindow(loadDataset(dataset), n, seed, window)
    : drawWindow(pool, atMost(pool, n), seed, window)
}

/** The window as the scan takes it. */
export function scanInputOf(window: LabelledWindow, seed: number): ScanInput {
  const { samples, labels, contributors } = window
  const shared = { n: labels.of.length, seed, labels, contributors }
  if (samples.kind === 'table' && areCoordinates(samples.columns))
    return { ...shared, samples: { kind: 'vector', vectors: vectorsOf(samples.columns, shared.n) } }
  return samples.kind === 'table'
    ? { ...shared, samples: { kind: 'table', columns: samples.columns.map(mergeSingles) } }
    : { ...shared, samples }
}

function vectorsOf(columns: readonly Column[], n: number): Matrix {
  const vectors = matrix(n, columns.length)
  columns.forEach((column, j) => {
    if (column.type === 'number') for (let i = 0; i < n; i++) vectors.data[i * columns.length + j] = column.values[i]!
  })
  return vectors
}

/** Category levels that one record alone has share a level, as in every window that the product builds. */
function mergeSingles(column: Column): TableColumn {
  if (column.type === 'number') return column
  const counts = new Int32Array(column.levels.length)
  for (const code of column.codes) if (code >= 0) counts[code]!++
  const kept = column.levels.filter((_, code) => (counts[code] ?? 0) > 1)
  const rare = counts.includes(1)
  const moved = column.levels.map((level, code) => ((counts[code] ?? 0) > 1 ? kept.indexOf(level) : kept.length))
  const codes = column.codes.map((code) => (code < 0 ? -1 : (moved[code] ?? -1)))
  const merged = { ...column, codes, levels: rare ? [...kept, RARE_LEVEL] : kept }
  return rare ? { ...merged, values: column.codes, texts: column.levels } : merged
}
