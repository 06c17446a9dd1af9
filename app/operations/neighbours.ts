import type { Contract } from '#core/contract.ts'
import { labelOf, type DataRecord } from '#core/record.ts'
import { Tensor } from '#core/tensor.ts'
import { sampleOf, type Sample } from '#present/sample.ts'
import { similarPrompts, type SimilarPrompts } from './similar-prompts.ts'
import type { OpenedWindow } from '../read-window.ts'

const NEIGHBOURS = 3

export interface Neighbour {
  readonly id: string
  readonly label: string | null
  /** Euclidean, over the values as they are; of texts, the share of their words, by weight, that they do not have in common. */
  readonly distance: number
  readonly sample: Sample
}

/**
 * The admitted records nearest to a held one, nearest first: by the pixels or the vector itself; by the words of prompts and
 * texts; none for tables.
 */
export function nearestAdmitted(
  record: DataRecord,
  { sidecar, records }: Pick<OpenedWindow, 'sidecar' | 'records'>,
  contract: Contract,
): readonly Neighbour[] {
  const { features } = contract
  if (features.kind === 'exchange' || features.kind === 'text')
    return similarAdmitted(record, { sidecar, records }, contract)
  if (features.kind !== 'image' && features.kind !== 'vector') return []
  const own = record.fields[features.field]
  if (!(own instanceof Tensor)) return []
  const nearest: { distance: number; record: DataRecord }[] = []
  for (const { index, decision } of sidecar.records) {
    const other = records[index]
    const value = other?.fields[features.field]
    if (decision !== 'admit' || other === undefined || !(value instanceof Tensor)) continue
    const limit = nearest.length < NEIGHBOURS ? Infinity : (nearest.at(-1)?.distance ?? Infinity)
    const distance = squaredDistance(own, value, limit)
    if (distance >= limit) continue
    nearest.push({ distance, record: other })
    nearest.sort((a, b) => a.distance - b.distance)
    nearest.length = Math.min(nearest.length, NEIGHBOURS)
  }
  return nearest.map(({ record: near, distance }) => ({
    id: near.id,
    label: labelOf(near, contract),
    distance: Math.sqrt(distance),
    sample: sampleOf(near, features),
  }))
}

/** What a window's prompts weigh, made once for all of its held records. */
const prompts = new WeakMap<OpenedWindow['records'], SimilarPrompts>()

function similarAdmitted(
  record: DataRecord,
  { sidecar, records }: Pick<OpenedWindow, 'sidecar' | 'records'>,
  contract: Contract,
): readonly Neighbour[] {
  const similar = prompts.get(records) ?? similarPrompts(records, contract.features)
  prompts.set(records, similar)
  const admitted = sidecar.records.flatMap(({ index, decision }) =>
    decision === 'admit' ? (records[index] ?? []) : [],
  )
  return similar.nearest(record, admitted, NEIGHBOURS).map(({ record: near, distance }) => ({
    id: near.id,
    label: labelOf(near, contract),
    distance,
    sample: sampleOf(near, contract.features),
  }))
}

/** Values that are added up before anybody asks whether it is too much already. */
const STRETCH = 64

/** No less than `limit` where it is not below it. */
function squaredDistance({ data: a }: Tensor, { data: b }: Tensor, limit: number): number {
  let sum = 0
  for (let from = 0; from < a.length && sum < limit; from += STRETCH) {
    const to = Math.min(a.length, from + STRETCH)
    for (let i = from; i < to; i++) {
      const difference = a[i]! - (b[i] ?? 0)
      sum += difference * difference
    }
  }
  return sum
}
