import type { Contract } from '#core/contract.ts'
import { decodeRecords } from '#core/record-codec.ts'
import { contributorOf, type DataRecord } from '#core/record.ts'
import type { Named } from '../accounts.ts'
import { buildInput } from '../../view/build-input.ts'
import type { Reference } from '../../view/samples.ts'

/** Fewer records than this teach nothing that a window does not show. */
const FEWEST = 50
/** One contributor has at most this share of them, or its part where there are few. */
const MOST_OF_ONE = 0.1

/** Kinds of records whose labels are foretold. Of texts no wrong label more was held for it, and a scan took half as long again. */
export const FORETOLD: ReadonlySet<Contract['features']['kind']> = new Set(['image', 'vector', 'table'])

/** Whether labels are foretold by records of other windows. */
export function isForetold({ label, features }: Contract): boolean {
  return label !== undefined && FORETOLD.has(features.kind)
}

/** Records of other windows that teach. Who was named teaches nothing, and nobody much. */
export function teachersFrom(lines: Uint8Array, named: readonly Named[], contract: Contract): DataRecord[] {
  const distrusted = new Set(named.map(({ name }) => name))
  const trusted = decodeRecords(lines).filter((record) => !distrusted.has(contributorOf(record, contract) ?? ''))
  return bounded(trusted, (record) => contributorOf(record, contract))
}

/** The same as a scan takes them; null where they are too few, or have no labels. */
export function referenceFrom(
  lines: Uint8Array,
  named: readonly Named[],
  contract: Contract,
  seed: number,
): Reference | null {
  const records = teachersFrom(lines, named, contract)
  if (records.length < FEWEST) return null
  const { samples, labels } = buildInput(records, contract, seed)
  return labels === null ? null : { samples, labels }
}

/** The newest of each contributor, so that none has more than its share. */
function bounded(records: readonly DataRecord[], nameOf: (record: DataRecord) => string | null): DataRecord[] {
  const names = new Set(records.map(nameOf)).size
  const most = names < 2 ? records.length : Math.ceil(records.length * Math.max(MOST_OF_ONE, 1 / names))
  const counts = new Map<string, number>()
  const newest = records.toReversed().filter((record) => {
    const name = nameOf(record)
    const count = (counts.get(name ?? '') ?? 0) + 1
    counts.set(name ?? '', count)
    return name === null || count <= most
  })
  return newest.reverse()
}
