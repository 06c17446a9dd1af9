import { setTimeout as delay } from 'node:timers/promises'
import { sha256Hex } from '#core/hash.ts'
import { tellFailures } from '#runtime/queue/sweeper.ts'
import { newestKept } from './operations/kept-memories.ts'
import { foundRecords, type FoundRecord } from './operations/memories.ts'
import { recallRecords } from './operations/recalls.ts'
import { datasetOf, type SigningSystem } from './system.ts'

const LOOK_MS = 60_000
/** Who decides: the log and the signature name it, and a link's review begins with it. */
const ACTOR = 'policy'

/** The datasets whose policy recalls what their memory finds. */
export function automaticDatasets({ config }: Pick<SigningSystem, 'config'>): string[] {
  return Object.entries(config.datasets).flatMap(([name, { memory }]) =>
    memory === false || memory.recall === undefined ? [] : [name],
  )
}

/**
 * Recalls what the memory of a dataset has found, as far as its policy says so: one recall a campaign. What a person has decided on (recalled, released, or put
 * back) stays as it is. Safe to repeat, and to run twice at once: the same records are the same recall. How many records were recalled, and whether windows that
 * have some are not committed yet.
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

/** The same every minute, until `signal`; what fails is told, and tried again. */
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
