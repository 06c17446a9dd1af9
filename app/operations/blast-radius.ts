import type { AuditEntry } from '#runtime/audit/log.ts'
import type { NewAdmitted, ReviewRow } from '#runtime/catalog/catalog.ts'
import { deliveredThrough } from '../delivery.ts'
import { EXPORTED } from './export.ts'
import type { SigningSystem } from '../system.ts'

/** An export that contains recalled records. */
export interface ExportThatHeld {
  readonly at: string
  readonly by: string
  readonly format: string
  /** SHA-256 of the exported bytes, hex; null in entries of earlier versions. */
  readonly sha256: string | null
  /** The number of all its records. */
  readonly records: number
  /** The number of its recalled records. */
  readonly held: number
  /** False if its entry does not name the link it read up to: then it contains at least what the log knew before it. */
  readonly isExact: boolean
}

/** Who has recalled records, as far as the audit log and the deliveries show. */
export interface BlastRadius {
  /** In the order in which they were made. */
  readonly exports: readonly ExportThatHeld[]
  /** If the dataset has a sink: how many of the records reached it, and whether the recall was delivered to it. */
  readonly sink: { readonly held: number; readonly isTold: boolean } | null
}

/**
 * Which exports of a dataset, and whether its sink, contain the records of a recall. An export's contents follow from the link
 * that it read the chain up to. Readers without a catalog (`openDataset`, the Python reader, copies of the store) leave no trace
 * and are not listed. Throws `corrupt` if the chain does not verify.
 */
export function blastRadius(system: SigningSystem, recall: ReviewRow): Promise<BlastRadius> {
  return reachOf(system, recall, [])
}

/** The same for a recall that is not made yet, of the result of `recallable`. */
export function wouldReach(
  system: SigningSystem,
  { dataset, admitted }: { readonly dataset: string; readonly admitted: readonly NewAdmitted[] },
): Promise<BlastRadius> {
  const records = admitted.map(({ record }) => record)
  return reachOf(system, { dataset, records, manifest: null }, admitted)
}

type Recall = Pick<ReviewRow, 'dataset' | 'records' | 'manifest'>

async function reachOf(system: SigningSystem, recall: Recall, admitted: readonly NewAdmitted[]): Promise<BlastRadius> {
  const { catalog, config } = system
  const { dataset } = recall
  const heldAt = await admittedOverTime(system, recall, admitted)
  const exports: ExportThatHeld[] = []
  const told = createTold(
    dataset,
    (await catalog.windows.list({ dataset })).map(({ id }) => id),
    (await catalog.reviews.list({ dataset })).map(({ id }) => id),
  )
  for await (const entry of catalog.audit.entries()) {
    told.see(entry)
    if (entry.action !== EXPORTED || entry.subject !== dataset) continue
    const { records, format, sha256, through } = entry.detail
    const isExact = typeof through === 'number'
    const held = heldAt(isExact ? through : told.through())
    if (held === 0) continue
    const { at, actor: by } = entry
    const digest = typeof sha256 === 'string' ? sha256 : null
    exports.push({ at, by, format: String(format), sha256: digest, records: Number(records), held, isExact })
  }
  if (config.datasets[dataset]?.sink === undefined) return { exports, sink: null }
  const delivered = await deliveredThrough(system, dataset)
  const before = Math.min(delivered, (recall.manifest ?? Infinity) - 1)
  return { exports, sink: { held: heldAt(before), isTold: recall.manifest !== null && delivered >= recall.manifest } }
}

/**
 * How many of the recalled records the chain admits up to each link. Records that are only `admitted` are not in the catalog
 * yet.
 */
async function admittedOverTime(
  system: SigningSystem,
  { dataset, records }: Recall,
  admitted: readonly NewAdmitted[],
): Promise<(through: number) => number> {
  const { catalog, chain } = system
  const rows = await catalog.flagged.list({ dataset, records })
  const known = new Set(rows.map(({ record }) => record))
  const scanned = Map.groupBy(
    [...rows.filter(({ decision }) => decision === 'admit'), ...admitted.filter(({ record }) => !known.has(record))],
    ({ window }) => window,
  )
  const recalled = new Set(records)
  const [within, out] = [new Set<string>(), new Set<string>()]
  const counts: number[] = [0] // by ordinal of the link
  for await (const link of chain.links(dataset)) {
    const { kind, window = '', review = '', revoked = [], recalled: named = [] } = link.statement.predicate
    const released = kind === 'release' ? ((await catalog.reviews.get(review))?.records ?? []) : []
    for (const { record } of kind === 'window' ? (scanned.get(window) ?? []) : []) within.add(record)
    for (const id of released) if (recalled.has(id)) within.add(id)
    for (const id of revoked) within.delete(id)
    for (const id of named) out[kind === 'recall' ? 'add' : 'delete'](id)
    const isAbout = scanned.has(window) || released.length + revoked.length + named.length > 0
    const before = counts.at(-1) ?? 0
    counts.push(isAbout ? [...within].filter((id) => !out.has(id)).length : before)
  }
  return (through) => counts[Math.min(through, counts.length - 1)] ?? 0
}

/** The last link of a dataset that the log has named so far. */
function createTold(dataset: string, windows: readonly string[], reviews: readonly string[]) {
  const subjects = new Set([...windows, ...reviews])
  let through = 0
  return {
    through: () => through,
    see({ action, subject, detail }: AuditEntry): void {
      const isOwn = action === 'link.added' ? subject === dataset : subjects.has(subject)
      const ordinal = action === 'link.added' ? detail['ordinal'] : detail['manifest']
      if (isOwn && typeof ordinal === 'number') through = Math.max(through, ordinal)
    },
  }
}
