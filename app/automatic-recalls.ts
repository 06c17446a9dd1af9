import { setTimeout as delay } from 'node:timers/promises'
import { sha256Hex } from '#core/hash.ts'
import { tellFailures } from '#runtime/queue/sweeper.ts'
import { newestKept } from './operations/kept-memories.ts'
import { foundRecords, type FoundRecord } from './operations/memories.ts'
import { recallRecords } from './operations/recalls.ts'
import { datasetOf, type SigningSystem } from './system.ts'

const LOOK_MS = 60_000
/** The actor in the log and the signature; the review's reason names the policy. */
const ACTOR = 'policy'

/** The datasets whose policy recalls what their memory finds. */
export function automaticDatasets({ config }: Pick<SigningSystem, 'config'>): string[] {
  return Object.entries(config.datasets).flatMap(([name, { memory }]) =>
    memory === false || memory.recall === undefined ? [] : [name],
  )
}

/**
 * Recalls what the memory of a dataset has found, if its policy says so: one recall per campaign. Records that a person has
 * decided on (recalled, released, or put back) stay as they are. May be repeated and run twice at once: the same records give
 * the same recall. Returns how many records were recalled, and whether windows with further ones are not committed yet.
 */
export async function recallByPolicy(
  system: SigningSystem,
  dataset: string,
): Promise<{ readonly recalled: number; readonly waiting: boolean }> {
  const { memory: kept } = datasetOf(system, dataset).dataset
  const newest = kept === false || kept.recall === undefined ? null : await newestKept(system, dataset)
  if (newest === null || kept === false || kept.recall === undefined) return { recalled: 0, waiting: false }
  const { automatic } = kept.recall
  const least = Math.log(automatic / (1 - automatic))
  const { suggested, waiting } = await foundRecords(system, dataset, newest.memory)
  const sure = suggested.filter(({ logOdds: odds }) => odds >= least)
  const decided = new Set(
    (await system.catalog.flagged.list({ dataset, records: sure.map(({ record }) => record) })).map(
      ({ record }) => record,
    ),
  )
  const open = sure.filter(({ record }) => !decided.has(record))
  for (const [campaign, records] of Map.groupBy(open, ({ campaign: of }) => of)) {
    const reason = `the memory up to window ${newest.ref.through} shows campaign ${campaign}; policy: memory.recall.automatic ${automatic}`
    const admitted = records.map(({ admitted: row }) => row)
    await recallRecords({ ...system, actor: ACTOR }, { dataset, admitted }, { reason, id: idOf(dataset, records) })
  }
  return { recalled: open.length, waiting }
}

/** Repeats this every minute until `signal`; failures are reported and retried. */
export async function recallUntil(system: SigningSystem, dataset: string, signal: AbortSignal): Promise<void> {
  const failures = tellFailures(system.events)
  while (!signal.aborted) {
    try {
      await recallByPolicy(system, dataset)
      failures.over()
    } catch (error) {
      failures.tell(error)
    }
    await delay(LOOK_MS, undefined, { signal }).catch(() => {})
  }
}

function idOf(dataset: string, records: readonly FoundRecord[]): string {
  const names = records.map(({ record }) => record).sort()
  return `${ACTOR}-${sha256Hex(JSON.stringify([dataset, ...names])).slice(0, 32)}`
}
