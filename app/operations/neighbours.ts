import type { Contract } from '#core/contract.ts'
import { labelOf, type DataRecord } from '#core/record.ts'
import { Tensor, type TypedArray } from '#core/tensor.ts'
import { sampleOf, type Sample } from '#present/sample.ts'
import { type Matrix, matrix } from '#services/scan/numeric/matrix.ts'
import { nearestNeighbours } from '#services/scan/numeric/neighbours.ts'
import type { Neighbours } from '#services/scan/view/window-view.ts'
import { similarPrompts, type SimilarPrompts } from './similar-prompts.ts'
import { similarRows } from './similar-rows.ts'
import type { OpenedWindow } from '../read-window.ts'

const NEIGHBOURS = 3

export interface Neighbour {
  readonly id: string
  readonly label: string | null
  /**
   * The distance. For values it is Euclidean; for texts, the weighted share of their words that they do not have in common; for
   * rows, the mean over the columns.
   */
  readonly distance: number
  readonly sample: Sample
}

/** The numbers of admitted records that are compared at a time, so that little memory is needed besides the window. */
const BLOCK = 2 ** 21

/**
 * The admitted records nearest to each of several held ones of a window, nearest first: by pixels or the vector itself; by the
 * words of prompts and texts; by the columns of tables.
 */
export function nearestAdmitted(
  held: readonly DataRecord[],
  window: Pick<OpenedWindow, 'sidecar' | 'records'>,
  contract: Contract,
): readonly (readonly Neighbour[])[] {
  const { features } = contract
  if (features.kind === 'exchange' || features.kind === 'text') return similarAdmitted(held, window, contract)
  const admitted = admittedIn(window)
  if (features.kind === 'table')
    return similarRows(held, admitted, features.columns, NEIGHBOURS).map((near) => near.map(neighbourIn(contract)))
  const { field } = features
  return nearestByValue(
    held.map((record) => valuesOf(record, field)),
    admitted.map((record) => valuesOf(record, field)),
  ).map((nearest) => nearest.map(({ at, distance }) => neighbour(admitted[at]!, distance, contract)))
}

function admittedIn({ sidecar, records }: Pick<OpenedWindow, 'sidecar' | 'records'>): DataRecord[] {
  return sidecar.records.flatMap(({ index, decision }) => (decision === 'admit' ? (records[index] ?? []) : []))
}

function neighbour(record: DataRecord, distance: number, contract: Contract): Neighbour {
  return { id: record.id, label: labelOf(record, contract), distance, sample: sampleOf(record, contract.features) }
}

function neighbourIn(contract: Contract) {
  return ({ record, distance }: { readonly record: DataRecord; readonly distance: number }) =>
    neighbour(record, distance, contract)
}

function valuesOf({ fields }: DataRecord, field: string): TypedArray | null {
  const value = fields[field]
  return value instanceof Tensor ? value.data : null
}

interface Near {
  readonly at: number
  readonly distance: number
}

/** The nearest of `among` to each of `of`, ties by index. Null, and values of another length, are near to nothing. */
function nearestByValue(of: readonly (TypedArray | null)[], among: readonly (TypedArray | null)[]): Near[][] {
  const nearest = of.map((): Near[] => [])
  for (const [length, points] of Map.groupBy(of.keys(), (i) => of[i]?.length ?? 0)) {
    if (length === 0) continue
    const base = [...among.keys()].filter((i) => among[i]?.length === length)
    const asked = rowsOf(of, points, length)
    const block = Math.max(1, Math.floor(BLOCK / length))
    for (let from = 0; from < base.length; from += block) {
      const part = base.slice(from, from + block)
      const found = nearestNeighbours(asked, NEIGHBOURS, rowsOf(among, part, length))
      for (const [row, i] of points.entries())
        nearest[i] = [...nearest[i]!, ...placesIn(found, row, part)]
          .sort((a, b) => a.distance - b.distance || a.at - b.at)
          .slice(0, NEIGHBOURS)
    }
  }
  return nearest
}

function placesIn({ k, index, distance }: Neighbours, row: number, part: readonly number[]): Near[] {
  return Array.from({ length: k }, (_, rank) => {
    const cell = row * k + rank
    return { at: part[index[cell]!]!, distance: distance[cell]! }
  })
}

function rowsOf(values: readonly (TypedArray | null)[], of: readonly number[], length: number): Matrix {
  const rows = matrix(of.length, length)
  for (const [row, i] of of.entries()) rows.data.set(values[i]!, row * length)
  return rows
}

/** The weights of the words in a window's prompts, computed once for all its held records. */
const prompts = new WeakMap<OpenedWindow['records'], SimilarPrompts>()

function similarAdmitted(
  held: readonly DataRecord[],
  { sidecar, records }: Pick<OpenedWindow, 'sidecar' | 'records'>,
  contract: Contract,
): readonly (readonly Neighbour[])[] {
  const similar = prompts.get(records) ?? similarPrompts(records, contract.features)
  prompts.set(records, similar)
  const admitted = admittedIn({ sidecar, records })
  return held.map((record) => similar.nearest(record, admitted, NEIGHBOURS).map(neighbourIn(contract)))
}
