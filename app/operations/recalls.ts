import { randomUUID } from 'node:crypto'
import { AppError, isAppError } from '#core/errors.ts'
import type { Sidecar } from '#core/sidecar.ts'
import type { FlaggedRow, NewAdmitted, ReviewRow, WindowRow } from '#runtime/catalog/catalog.ts'
import { readScores } from '../read-window.ts'
import { datasetOf, type SigningSystem } from '../system.ts'
import { carryOutReview, recordReview, undoReview } from './reviews.ts'

/** The records to recall: by id, or as members of a campaign. */
export interface RecallChoice {
  readonly dataset: string
  readonly records?: readonly string[]
  readonly campaign?: string
}

/** What a recall would do: it recalls `admitted` and leaves the rest. */
export interface Recallable {
  readonly dataset: string
  /** Sorted by window and index. */
  readonly admitted: readonly NewAdmitted[]
  /** Records that are recalled already, or that another review is recalling or reinstating. */
  readonly already: readonly string[]
  /** The number of windows that nobody can open any more, because their key was destroyed. */
  readonly forgotten: number
}

/**
 * The chosen records that are admitted now. Throws `not_found` for a record that no committed window has, and if a campaign has
 * no member; `conflict` (`not_admitted`) for a record in quarantine or rejected.
 */
export async function recallable(system: SigningSystem, choice: RecallChoice): Promise<Recallable> {
  const { dataset, records, campaign } = choice
  datasetOf(system, dataset)
  if ((records === undefined) === (campaign === undefined))
    throw new AppError('invalid', 'a recall names records, or a campaign')
  const { found, forgotten } =
    campaign === undefined
      ? await findRecords(system, dataset, new Set(records))
      : await findMembers(system, dataset, campaign)
  const rows = await rowsOf(system, dataset, [...found.keys()])
  const held = rows.filter(({ standing }) => standing === 'quarantined' || standing === 'rejected')
  // a campaign's members in quarantine are not admitted, so the choice does not mean them
  if (campaign === undefined && held[0] !== undefined) throw notAdmitted(held)
  const recalled = new Set(rows.filter(({ standing }) => standing === 'recalled').map(({ record }) => record))
  const out = new Set([...held.map(({ record }) => record), ...recalled])
  const admitted = [...found.values()].filter(({ record }) => !out.has(record))
  return { dataset, admitted, already: [...recalled].sort(), forgotten }
}

/**
 * Records a recall of the result of `recallable`; whichever process comes first carries it out. A recall is identified by its
 * id; without one, a new id is made. Throws `conflict` if a record's standing has changed, `invalid` if there are no records.
 */
export function recordRecall(
  system: SigningSystem,
  { dataset, admitted }: Pick<Recallable, 'dataset' | 'admitted'>,
  { reason, id = randomUUID() }: { readonly reason: string; readonly id?: string },
): Promise<ReviewRow> {
  const records = admitted.map(({ record }) => record)
  const recall = { id, dataset, action: 'recall', undoes: null, records, reason, actor: system.actor } as const
  return recordReview(system, recall, admitted)
}

/**
 * Records a recall and carries it out: after the new link, no export, sink or reader has its records. Throws as `recordRecall`
 * does.
 */
export async function recallRecords(
  system: SigningSystem,
  found: Pick<Recallable, 'dataset' | 'admitted'>,
  options: { readonly reason: string; readonly id?: string },
): Promise<ReviewRow> {
  const row = await recordRecall(system, found, options)
  await carryOutReview(system, row)
  return row
}

/** Undoes a recall, so that it no longer applies to its records. Throws `not_found`, and `conflict` as `undoReview` does. */
export async function undoRecall(system: SigningSystem, recall: string, reason: string): Promise<ReviewRow> {
  const { id } = await recallNamed(system, recall)
  return undoReview(system, id, reason)
}

/**
 * Whether a recall is the one that was asked for: it has all records of the choice, except those recalled separately, and no
 * others. Throws as `recallable` does.
 */
export async function isRecallOf(
  system: SigningSystem,
  { records }: Pick<ReviewRow, 'records'>,
  choice: RecallChoice,
): Promise<boolean> {
  const { admitted, already } = await recallable(system, choice)
  const own = new Set(records)
  const named = new Set([...already, ...admitted.map(({ record }) => record)])
  return records.every((record) => named.has(record)) && admitted.every(({ record }) => own.has(record))
}

/** The recalls, in the order in which they were made. */
export async function listRecalls({ catalog }: Pick<SigningSystem, 'catalog'>, dataset?: string): Promise<ReviewRow[]> {
  const reviews = await catalog.reviews.list({ dataset })
  return reviews.filter(({ action }) => action === 'recall')
}

/** Throws `not_found` if there is no such recall. */
export async function recallNamed({ catalog }: Pick<SigningSystem, 'catalog'>, id: string): Promise<ReviewRow> {
  const review = await catalog.reviews.get(id)
  if (review?.action === 'recall') return review
  throw new AppError('not_found', `there is no recall ${id}: \`credence recall list\` shows them`)
}

/** The given records that are still admitted: their scans admitted them, and nobody has recalled them. */
export async function stillAdmitted(
  { catalog }: Pick<SigningSystem, 'catalog'>,
  dataset: string,
  records: readonly string[],
): Promise<string[]> {
  const rows = await catalog.flagged.list({ dataset, records })
  const gone = new Set(rows.filter(({ standing }) => standing !== 'released').map(({ record }) => record))
  return records.filter((record) => !gone.has(record))
}

interface Found {
  /** By record id. */
  readonly found: ReadonlyMap<string, NewAdmitted>
  readonly forgotten: number
}

/** Finds records: held ones in the catalog, others first in the windows that their ids suggest, then in all. */
async function findRecords(system: SigningSystem, dataset: string, wanted: ReadonlySet<string>): Promise<Found> {
  const { catalog } = system
  const found = new Map((await rowsOf(system, dataset, [...wanted])).map((row) => [row.record, row]))
  const left = new Set([...wanted].filter((id) => !found.has(id)))
  const added = new Map<string, NewAdmitted>(found)
  const partitions = new Set([...left].map((id) => id.slice(0, Math.max(0, id.lastIndexOf('#')))))
  const windows = left.size === 0 ? [] : await catalog.windows.list({ dataset, state: 'committed' })
  const isLikely = ({ segments }: WindowRow) => segments.some(({ partition }) => partitions.has(partition))
  let forgotten = 0
  for (const window of windows.toSorted((a, b) => Number(isLikely(b)) - Number(isLikely(a)))) {
    if (left.size === 0) break
    const sidecar = await scoresOrNull(system, window)
    if (sidecar === null) forgotten++
    for (const row of sidecar === null ? [] : admittedOf(sidecar, ({ id }) => left.delete(id)))
      added.set(row.record, row)
  }
  if (left.size === 0) return { found: added, forgotten }
  const more = forgotten === 0 ? '' : `; what ${forgotten} forgotten windows held is not exported any more`
  const names = [...left].slice(0, 5).join(', ')
  throw new AppError('not_found', `no committed window of ${dataset} holds ${names}; nothing was changed${more}`)
}

/** The members of a campaign, held or admitted, by the sidecars of its windows. */
async function findMembers(system: SigningSystem, dataset: string, campaign: string): Promise<Found> {
  const { catalog } = system
  const parts = (await catalog.flagged.campaigns(dataset)).filter(({ id }) => id === campaign)
  if (parts.length === 0) throw new AppError('not_found', `${dataset} has no campaign ${campaign}`)
  const found = new Map<string, NewAdmitted>()
  let forgotten = 0
  for (const { window } of parts) {
    const row = await catalog.windows.get(window)
    if (row?.state !== 'committed') continue
    const sidecar = await scoresOrNull(system, row)
    if (sidecar === null) forgotten++
    const members = new Set(sidecar?.campaigns.find(({ id }) => id === campaign)?.members)
    for (const one of sidecar === null ? [] : admittedOf(sidecar, ({ index }) => members.has(index)))
      found.set(one.record, one)
  }
  // records of it that a review released were held by the scan, but are admitted now
  for (const row of await catalog.flagged.list({ dataset, campaign })) found.set(row.record, row)
  return { found, forgotten }
}

/** The rows that a recall adds for a window's wanted records, in order. */
export function admittedOf(sidecar: Sidecar, isWanted: (record: Sidecar['records'][number]) => boolean): NewAdmitted[] {
  return sidecar.records.filter(isWanted).map(({ id, index, risk, issues }) => ({
    record: id,
    window: sidecar.window,
    index,
    risk,
    families: issues.map(({ family }) => family),
    campaign: sidecar.campaigns.find(({ members }) => members.includes(index))?.id ?? null,
  }))
}

/** A window's scores; null if its key was destroyed, so that nobody can read the window any more. */
async function scoresOrNull(system: SigningSystem, window: WindowRow): Promise<Sidecar | null> {
  try {
    return await readScores(system, window)
  } catch (error) {
    if (isAppError(error) && error.reason === 'key_destroyed') return null
    throw error
  }
}

function rowsOf({ catalog }: SigningSystem, dataset: string, records: readonly string[]): Promise<FlaggedRow[]> {
  return catalog.flagged.list({ dataset, records })
}

function notAdmitted(held: readonly FlaggedRow[]): AppError {
  const names = held.slice(0, 5).map(({ record, standing }) => `${record} (${standing})`)
  const message = `nothing admits ${names.join(', ')}, so there is nothing to recall: \`credence quarantine reject\` refuses what is held`
  return new AppError('conflict', `${message}; nothing was changed`, { reason: 'not_admitted' })
}
