import { randomUUID } from 'node:crypto'
import type { DeadReason } from '#core/record.ts'
import { redriveDeadLetters, type RedriveSummary } from '#services/ingest/redrive.ts'
import { archiveContract } from '../contract-archive.ts'
import { openSource } from '../open/source.ts'
import { datasetOf, type SigningSystem } from '../system.ts'

export interface RedriveFilter {
  /** These dead letters alone. */
  readonly ids?: readonly string[] | undefined
  readonly reason?: DeadReason | undefined
  /** At most this many. */
  readonly limit?: number | undefined
  /** Only says what would happen. */
  readonly dryRun?: boolean | undefined
}

/**
 * Decodes the dead letters of a dataset again, by its contract as it is now. What has become a record is staged: the run that
 * follows finds it in the catalog. Throws `not_found` for another dataset, `conflict` while another redrive of it runs.
 */
export async function redrive(
  system: SigningSystem,
  name: string,
  { ids, reason, limit, dryRun = false }: RedriveFilter = {},
): Promise<RedriveSummary> {
  const { config, catalog, vault, step, events } = system
  const { contract, sha256, dataset } = datasetOf(system, name)
  if (!dryRun) await archiveContract(system, name)
  const source = await openSource(name, dataset, contract.limits.recordBytes, config)
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
      dryRun,
      step,
      events,
      ids,
      reason,
      limit,
    })
  } finally {
    await source.close?.()
  }
}
