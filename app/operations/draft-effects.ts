import type { DeadReason } from '#core/record.ts'
import type { DataRecord } from '#core/record.ts'
import { isAppError } from '#core/errors.ts'
import type { Fields, Value } from '#core/value.ts'
import type { LetterRow } from '#runtime/catalog/console/lists.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import type { LoadedContract } from '#runtime/config/load-contract.ts'
import { createPreparer, type Preparer } from '#services/ingest/record/prepare.ts'
import { readAdmitted } from '../read-window.ts'
import type { SigningSystem } from '../system.ts'
import { tryRedrive } from './dead-letters.ts'
import { recalledOf } from './recalled.ts'

/** Items that are refused for one reason; the most frequent reason comes first. */
export interface Refused<Example> {
  readonly reason: DeadReason
  /** The rule and the path; never a value. */
  readonly detail: string
  readonly count: number
  readonly examples: readonly Example[]
}

/** The effects of a draft: on all open dead letters, and on recently admitted records. */
export interface DraftEffects {
  readonly letters: {
    readonly tried: number
    /** False if there are more of them. */
    readonly isAll: boolean
    readonly pass: number
    readonly passing: readonly LetterRow[]
    readonly failing: readonly Refused<LetterRow>[]
  }
  /** Null if this process may not read admitted records. */
  readonly admitted: {
    readonly windows: number
    readonly tried: number
    readonly isAll: boolean
    readonly fail: number
    readonly failing: readonly Refused<AdmittedExample>[]
  } | null
}

export interface AdmittedExample {
  readonly record: string
  readonly window: string
}

const LETTERS = 20_000
const RECORDS = 10_000
const WINDOWS = 50
const EXAMPLES = 5
const REASONS = 20

/** Counts the effects on real items; changes nothing. */
export async function draftEffects(
  system: SigningSystem,
  dataset: string,
  loaded: LoadedContract,
): Promise<DraftEffects> {
  return {
    letters: await overLetters(system, dataset, loaded),
    admitted: await overAdmitted(system, dataset, loaded).catch((error: unknown) => {
      if (isAppError(error, 'denied')) return null
      throw error
    }),
  }
}

async function overLetters(
  system: SigningSystem,
  dataset: string,
  loaded: LoadedContract,
): Promise<DraftEffects['letters']> {
  const { lists } = system.catalog.console
  const choice = { datasets: [dataset], reason: undefined, state: 'open', after: undefined } as const
  const rows = await lists.letters({ ...choice, limit: LETTERS + 1 })
  const byId = new Map(rows.slice(0, LETTERS).map((row) => [row.id, row]))
  const { tried, recoveredIds, failed } = await tryRedrive(system, dataset, loaded, [...byId.keys()])
  const found = (ids: readonly string[]) => ids.flatMap((id) => byId.get(id) ?? [])
  return {
    tried,
    isAll: rows.length <= LETTERS,
    pass: recoveredIds.length,
    passing: found(recoveredIds.slice(0, EXAMPLES)),
    failing: refusedOf(failed.flatMap((fault) => found([fault.id]).map((example) => ({ ...fault, example })))),
  }
}

async function overAdmitted(
  system: SigningSystem,
  dataset: string,
  { contract }: LoadedContract,
): Promise<NonNullable<DraftEffects['admitted']>> {
  const { lists } = system.catalog.console
  const choice = { datasets: [dataset], state: 'committed', after: undefined } as const
  const rows = await lists.windows({ ...choice, limit: WINDOWS + 1 })
  const preparer = createPreparer(contract, { dataset, source: '' })
  const faults: Fault<AdmittedExample>[] = []
  let [windows, tried] = [0, 0]
  for (const row of rows) {
    if (windows === WINDOWS || tried >= RECORDS) break
    windows++
    for (const record of await admittedOf(system, row)) {
      tried++
      const fault = faultOf(preparer, record)
      if (fault !== null) faults.push({ ...fault, example: { record: record.id, window: row.id } })
    }
  }
  return { windows, tried, isAll: windows === rows.length, fail: faults.length, failing: refusedOf(faults) }
}

/** The admitted records of a window, without those recalled since. */
async function admittedOf(system: SigningSystem, row: WindowRow): Promise<readonly DataRecord[]> {
  if (row.counts.admitted === 0) return []
  const gone = await recalledOf(system, row)
  return (await readAdmitted(system, row)).filter(({ id }) => !gone.has(id))
}

interface Fault<Example> {
  readonly reason: DeadReason
  readonly detail: string
  readonly example: Example
}

/** Names of formats whose cells are all text, to which a contract gives types. */
const UNTYPED = /\.[ct]sv(?:\.\w{1,4})?$/i

/**
 * Why a contract refuses a record, or null. A record is stored as decoded, so if its item was text, it is checked as text again.
 */
function faultOf(
  preparer: Preparer,
  { fields, provenance }: DataRecord,
): Pick<Fault<unknown>, 'reason' | 'detail'> | null {
  const { partition, position, contributor } = provenance
  const untyped = UNTYPED.test(partition)
  const body = untyped
    ? ({ kind: 'fields', fields: asText(fields), bytes: 0, untyped: true } as const)
    : ({ kind: 'fields', fields, bytes: 0 } as const)
  const prepared = preparer.prepare({ partition, position, body, ...(contributor !== undefined && { contributor }) })
  return prepared.kind === 'record' ? null : prepared.letter
}

function asText(fields: Fields): Fields {
  const cell = (value: Value) =>
    value === null ? '' : typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, cell(value)]))
}

function refusedOf<Example>(faults: readonly Fault<Example>[]): Refused<Example>[] {
  const groups = Map.groupBy(faults, ({ reason, detail }) => JSON.stringify([reason, detail]))
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group
      if (first === undefined) return []
      const { reason, detail } = first
      return [{ reason, detail, count: group.length, examples: group.slice(0, EXAMPLES).map(({ example }) => example) }]
    })
    .sort((a, b) => b.count - a.count || (a.detail < b.detail ? -1 : 1))
    .slice(0, REASONS)
}
