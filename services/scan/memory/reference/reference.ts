import type { Contract } from '#core/contract.ts'
import { decodeRecords } from '#core/record-codec.ts'
import { contributorOf, type DataRecord } from '#core/record.ts'
import type { Named } from '../accounts.ts'
import { buildInput } from '../../view/build-input.ts'
import type { Reference } from '../../view/samples.ts'

/** The fewest records that teach more than a window shows itself. */
const FEWEST = 50
/** The largest share of the records from one contributor, or an even part where there are few contributors. */
const MOST_OF_ONE = 0.1

/**
 * The kinds of records whose labels are predicted from other windows. For texts it held no more wrong labels, and a
 * scan took half as long again.
 */
export const FORETOLD: ReadonlySet<Contract['features']['kind']> = new Set(['image', 'vector', 'table'])

/** Whether labels are predicted from records of other windows as well. */
export function isForetold({ label, features }: Contract): boolean {
  return label !== undefined && FORETOLD.has(features.kind)
}

/**
 * The records of other windows that teach: none of a contributor that was named, and no more than a bounded share of
 * any other.
 */
export function teachersFrom(lines: Uint8Array, named: readonly Named[], contract: Contract): DataRecord[] {
  const distrusted = new Set(named.map(({ name }) => name))
  const trusted = decodeRecords(lines).filter((record) => !distrusted.has(contributorOf(record, contract) ?? ''))
  return bounded(trusted, (record) => contributorOf(record, contract))
}

/** The teaching records in the form that a scan takes; null where they are too few, or have no labels. */
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

/** The newest records of each contributor, so that none has more than its share. */
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
