import { randomUUID } from 'node:crypto'
import { AppError } from '#core/errors.ts'
import type { DeadReason } from '#core/record.ts'
import type { DeadLetterRow } from '#runtime/catalog/catalog.ts'
import type { LoadedContract } from '#runtime/config/load-contract.ts'
import type { HeldLetter } from '#services/ingest/record/prepare.ts'
import { openLetters, redriveDeadLetters, type RedriveSummary } from '#services/ingest/redrive.ts'
import { archiveContract } from '../contract-archive.ts'
import { openSource } from '../open/source.ts'
import { datasetOf, type SigningSystem, type System } from '../system.ts'

export interface RedriveFilter {
  /** Only these dead letters. */
  readonly ids?: readonly string[] | undefined
  readonly reason?: DeadReason | undefined
  /** At most this many. */
  readonly limit?: number | undefined
  /** Only reports what would happen. */
  readonly dryRun?: boolean | undefined
  /** Only the dead letters that this redrive of the catalog took up. */
  readonly redrive?: string | undefined
  readonly onProgress?: (() => Promise<void>) | undefined
  /** Ends it between two windows. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Decodes the dead letters of a dataset again, by its current contract. New records are staged; the next run finds them in the
 * catalog. Throws `not_found` for an unknown dataset, `conflict` while another redrive of it runs.
 */
export async function redrive(
  system: SigningSystem,
  name: string,
  filter: RedriveFilter = {},
): Promise<RedriveSummary> {
  const { contract, sha256 } = datasetOf(system, name)
  if (filter.dryRun !== true) await archiveContract(system, name)
  return redriveBy(system, name, { contract, sha256 }, filter)
}

/** What a redrive by another contract would result in; changes nothing. */
export function tryRedrive(
  system: System,
  name: string,
  loaded: LoadedContract,
  ids: readonly string[],
): Promise<RedriveSummary> {
  return redriveBy(system, name, loaded, { ids, dryRun: true })
}

async function redriveBy(
  system: System,
  name: string,
  { contract, sha256 }: LoadedContract,
  filter: RedriveFilter,
): Promise<RedriveSummary> {
  const { config, catalog, vault, step, events } = system
  const { dataset } = datasetOf(system, name)
  const source = await openSource(name, dataset, contract, config)
  try {
    return await redriveDeadLetters({
      dataset: name,
      contract,
      contractHash: sha256,
      catalog,
      vault,
      source,
      enqueue: async () => {},
      owner: randomUUID(),
      step,
      events,
      ...filter,
    })
  } finally {
    await source.close?.()
  }
}

export interface OpenedLetter {
  readonly row: DeadLetterRow
  readonly letter: HeldLetter
}

/** A dead letter with its original item. Throws `not_found` for an unknown id, `corrupt` if its object lacks it. */
export async function readDeadLetter(system: Pick<System, 'catalog' | 'vault'>, id: string): Promise<OpenedLetter> {
  const [row] = await system.catalog.deadLetters.list({ ids: [id] })
  if (row === undefined)
    throw new AppError('not_found', `no dead letter ${id}: \`credence deadletter list\` shows them`)
  const letter = (await openLetters([row], system)).get(id)
  if (letter === undefined)
    throw new AppError('corrupt', `the object of window ${row.window} lacks the dead letter ${id}`)
  return { row, letter }
}
