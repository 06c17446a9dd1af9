import type { AuditCatalog } from '../audit/log.ts'
import type { ChainHead } from '#core/manifest.ts'
import type { Decision } from '#core/decision.ts'
import type { DeadReason } from '#core/record.ts'
import type { DetectorInfo, Family } from '#core/score.ts'
import type { ObjectRef } from '#core/vault.ts'
import type { WindowCounts, WindowInfo, WindowState } from '#core/window.ts'
import type { FederationCatalog } from './federation-rows.ts'
import type { Lease } from './lease.ts'
import type { RepeatCatalog } from './judged-repeats.ts'
import type { MemoryCatalog } from './memory-marks.ts'

/**
 * The catalog: the truth about windows, positions, leases, decisions, reviews and audit entries. It holds no payload and no key.
 * Either PGlite in the data folder or PostgreSQL, with the same SQL and the same migrations. Every method is one transaction and
 * safe to repeat; every change of state appends its audit entry in the same transaction. Throws `conflict` (`lease_lost` if a
 * fence is no longer valid), `not_found`, `unavailable`.
 */
export interface Catalog {
  readonly sources: SourceCatalog
  readonly windows: WindowCatalog
  readonly deadLetters: DeadLetterCatalog
  readonly flagged: FlaggedCatalog
  readonly reviews: ReviewCatalog
  readonly chains: ChainCatalog
  readonly epochs: EpochCatalog
  readonly memories: MemoryCatalog
  readonly repeats: RepeatCatalog
  readonly federations: FederationCatalog
  readonly audit: AuditCatalog
  close(): Promise<void>
}

// ── sources ────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface SourceCatalog {
  /** Takes the lease if it is free, expired or ours already; null while another owner holds it. */
  acquire(source: string, shard: string, owner: string, seconds: number): Promise<Lease | null>
  /** False if another owner has the lease. */
  renew(lease: Lease, seconds: number): Promise<boolean>
  release(lease: Lease): Promise<void>
  /** How far each partition of a shard has been staged. */
  positions(source: string, shard: string): Promise<Map<string, string>>
  /** Which of these record ids the dataset has staged before. Called only if the contract names an id field. */
  seenIds(dataset: string, ids: readonly string[]): Promise<Set<string>>
  /** Every shard that was ever leased: its current owner, and whether it was read to its end. */
  leases(source: string): Promise<ShardLease[]>
  /** Marks a shard as ended and completely staged: it is never leased again. Throws `conflict` (`lease_lost`). */
  finish(lease: Lease): Promise<void>
  /** Announces that `owner` wants to read the source for this many seconds; resolves to all owners that want to, in order. */
  attend(source: string, owner: string, seconds: number): Promise<string[]>
  leave(source: string, owner: string): Promise<void>
  /** Moves a position without a window, if it is at `from`. Throws `conflict` (`lease_lost`, `position_moved`). */
  move(lease: Lease, partition: string, from: string, to: string): Promise<void>
  /** Which of these redeliverable items were staged before, by `itemKey`. */
  stagedItems(source: string, keys: readonly string[]): Promise<Set<string>>
  /** Forgets redeliverable items staged longer ago than this; returns how many. */
  forgetItems(olderThanSeconds: number): Promise<number>
  /** Deliveries of a dataset that repeat an earlier one, in order of arrival. */
  repeated(dataset: string): Promise<RepeatedDelivery[]>
}

/** What a window holds of a delivery (a file). */
export interface DeliveredItems {
  readonly partition: string
  readonly items: number
  /** The smallest of the items' marks, ascending, without duplicates; at most `MARKS_KEPT`. */
  readonly marks: readonly string[]
}

/** A delivery of which most or all items were in an earlier one. */
export interface RepeatedDelivery {
  readonly partition: string
  readonly earlier: string
  /** The window in which it was noticed. */
  readonly window: string
  /** How many of its items were read so far. */
  readonly items: number
  /** The approximate share of the smaller delivery that is in the other, 0 to 1. */
  readonly share: number
}

export interface ShardLease {
  readonly shard: string
  /** Null while there is no owner. */
  readonly owner: string | null
  readonly finished: boolean
}

// ── windows ────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface StagedWindow extends WindowInfo {
  readonly staged: ObjectRef
  /** The object with the raw dead letters, which have one row each; null if there are none. */
  readonly deadLetterObject: ObjectRef | null
  readonly deadLetterRows: readonly NewDeadLetter[]
  /** If the contract names an id field, the ids of the records, to detect duplicates. */
  readonly guardedIds: readonly string[]
  /** Dead letters that this window redrives. */
  readonly redrives: readonly string[]
  /** Items that the source may deliver again: none of them may have been staged before. */
  readonly redeliverable?: readonly string[]
  /** What the window took from each delivery, if the source has deliveries: files do, streams do not. */
  readonly deliveries?: readonly DeliveredItems[]
}

export interface WindowRow extends WindowInfo {
  /** Number of the window in its dataset, in staging order, from 1. */
  readonly ordinal: number
  readonly state: WindowState
  readonly staged: ObjectRef
  readonly deadLetterObject: ObjectRef | null
  readonly scores: ObjectRef | null
  readonly counts: WindowCounts
  /** Place of the window's manifest in the dataset's chain. */
  readonly manifest: number | null
  /** How many attempts in the present state failed, and the code of the last failure. */
  readonly attempts: number
  readonly lastError: string | null
  readonly stagedAt: Date
  readonly scannedAt: Date | null
  readonly committedAt: Date | null
}

export interface ScanOutcome {
  /** The encrypted sidecar: every record's scores, evidence and decision, and what they are based on. */
  readonly scores: ObjectRef
  readonly counts: Pick<WindowCounts, 'admitted' | 'quarantined' | 'rejected'>
  readonly flagged: readonly NewFlagged[]
  readonly campaigns: readonly NewCampaign[]
  readonly detectors: readonly DetectorInfo[]
}

export interface CommitOutcome {
  /** Place in the chain, and the digest of the manifest's envelope. */
  readonly manifest: number
  readonly sha256: string
  readonly objects: readonly ObjectRef[]
}

export interface WindowFilter {
  readonly dataset?: string | undefined
  readonly state?: WindowState | undefined
  /** Ordinals beyond this one. */
  readonly after?: number | undefined
  /** Ordinals up to and including this one. */
  readonly upTo?: number | undefined
  readonly limit?: number | undefined
}

export interface WindowTotals extends WindowCounts {
  readonly windows: number
  readonly pending: number
  readonly recalled: number
}

export interface WindowCatalog {
  /**
   * The stage transaction: the row, its dead letters, its guarded ids and the new positions, under the lease's fence. A window
   * that exists already is returned unchanged. Throws `conflict`: `lease_lost`, `position_moved`, `duplicate_id`, `redelivered`.
   */
  stage(window: StagedWindow, lease: Lease): Promise<WindowRow>
  /** The scan transaction: staged → scanned. Changes nothing on a window that is beyond that. */
  scanned(id: string, outcome: ScanOutcome): Promise<WindowRow>
  /** The commit transaction: scanned → committed. Changes nothing on a window that is beyond that. */
  committed(id: string, outcome: CommitOutcome): Promise<WindowRow>
  /** Counts a failed attempt. Returns whether it is the first one or has another code than the one before. */
  failed(id: string, code: string): Promise<boolean>
  get(id: string): Promise<WindowRow | null>
  /** Sorted by dataset and ordinal. */
  list(filter: WindowFilter): Promise<WindowRow[]>
  /** The dataset's window with the highest ordinal, of those in the given state, if any. */
  last(dataset: string, state?: WindowState): Promise<WindowRow | null>
  /** How many windows wait in each state, and how many seconds the first of them has waited; for autoscaling. */
  waiting(): Promise<readonly { readonly state: 'staged' | 'scanned'; windows: number; oldestSeconds: number }[]>
  /**
   * Totals of each dataset; received = admitted + quarantined + rejected + deadLettered + pending, where redriven items count
   * once. `recalled` counts the rejected records that had been admitted.
   */
  totals(): Promise<Map<string, WindowTotals>>
}

// ── dead letters ───────────────────────────────────────────────────────────────────────────────────────────────────

export interface NewDeadLetter {
  readonly id: string
  readonly reason: DeadReason
  readonly detail: string
  readonly partition: string
  readonly position: string
  readonly contributor: string | null
}

export interface DeadLetterRow extends NewDeadLetter {
  readonly window: string
  readonly dataset: string
  readonly attempts: number
  readonly state: 'open' | 'redriven'
  readonly createdAt: Date
}

export interface DeadLetterCatalog {
  list(filter: {
    readonly dataset?: string | undefined
    readonly reason?: DeadReason | undefined
    readonly state?: DeadLetterRow['state'] | undefined
    readonly ids?: readonly string[] | undefined
    /** Only those that this redrive took up. */
    readonly redrive?: string | undefined
    readonly limit?: number | undefined
  }): Promise<DeadLetterRow[]>
  countByReason(dataset?: string): Promise<{ dataset: string; reason: DeadReason; count: number }[]>
  /** Counts a failed redrive: one more attempt, with the new reason. */
  failedAgain(
    ids: readonly { readonly id: string; readonly reason: DeadReason; readonly detail: string }[],
  ): Promise<void>
}

// ── flagged records and reviews ────────────────────────────────────────────────────────────────────────────────────

export interface NewFlagged {
  readonly record: string
  /** Index within the window. */
  readonly index: number
  readonly risk: number
  readonly decision: Exclude<Decision, 'admit'>
  readonly families: readonly Family[]
  readonly campaign: string | null
  readonly contributor: string | null
  readonly label: string | null
  /** The value of the field that the contract names for this; absent if it names none. */
  readonly sensitivity?: string | null | undefined
}

export interface NewCampaign {
  readonly id: string
  readonly family: Family
  readonly label: string | null
  readonly members: number
  readonly evidence: number
}

export const STANDINGS = ['quarantined', 'rejected', 'released', 'recalled'] as const
export type Standing = (typeof STANDINGS)[number]

export interface FlaggedRow extends Omit<NewFlagged, 'decision'> {
  /** The scan's decision; `admit` for a record that was admitted and then recalled. */
  readonly decision: Decision
  /** False if no detector scanned its window: it is held, its risk means nothing, and no family suspects it. */
  readonly scanned: boolean
  readonly dataset: string
  readonly window: string
  readonly standing: Standing
}

export interface FlaggedFilter {
  readonly dataset?: string | undefined
  readonly window?: string | undefined
  readonly campaign?: string | undefined
  readonly family?: Family | undefined
  readonly standing?: Standing | undefined
  readonly scanned?: boolean | undefined
  readonly contributor?: string | undefined
  readonly label?: string | undefined
  /** Applies only to what was scanned. */
  readonly minRisk?: number | undefined
  readonly maxRisk?: number | undefined
  readonly records?: readonly string[] | undefined
  readonly limit?: number | undefined
}

export interface FlaggedCatalog {
  /** Riskiest first; what was not scanned comes last. */
  list(filter: FlaggedFilter): Promise<FlaggedRow[]>
  count(filter: FlaggedFilter): Promise<number>
  campaigns(dataset?: string): Promise<(NewCampaign & { readonly dataset: string; readonly window: string })[]>
  /**
   * For each window of which the scan held something: the scan's decisions, and how many records stand otherwise than those and
   * reviews say.
   */
  tallies(): Promise<HeldTally[]>
}

export interface HeldTally {
  readonly dataset: string
  readonly window: string
  readonly quarantined: number
  readonly rejected: number
  readonly astray: number
}

export interface NewReview {
  readonly id: string
  readonly dataset: string
  /** `recall` takes back admitted records; `undo` reverses the review `undoes`. */
  readonly action: 'release' | 'reject' | 'recall' | 'undo'
  readonly undoes: string | null
  readonly records: readonly string[]
  readonly reason: string
  readonly actor: string
  /** By the process in which a person decided; absent on reviews of earlier versions. */
  readonly signature?: { readonly keyid: string; /** Ed25519, base64. */ readonly sig: string }
  /**
   * The decision sealed under the dataset's epoch key, base64, because scanning processes have no right to signing keys. Absent
   * on reviews of earlier versions.
   */
  readonly sealed?: string
}

/** A record that the scan of a committed window admitted, with what its sidecar says about it. */
export interface NewAdmitted {
  readonly record: string
  readonly window: string
  readonly index: number
  readonly risk: number
  readonly families: readonly Family[]
  readonly campaign: string | null
}

export interface ReviewRow extends NewReview {
  /** `pending` until the chain has its link (release, recall, and undoing them); `applied` at once for a reject. */
  readonly state: 'pending' | 'applied'
  readonly manifest: number | null
  readonly undoneBy: string | null
  readonly createdAt: Date
}

export interface ReviewCatalog {
  /**
   * Records the decision before anything moves, so that it resumes after a crash. Throws `conflict` if a record does not have
   * the standing that the action requires, `not_found` if there is no such record. A recall passes the admitted records
   * (`admitted`), which have no row yet.
   */
  add(review: NewReview, admitted?: readonly NewAdmitted[]): Promise<ReviewRow>
  /**
   * Marks the review as applied and changes the standing of its records. The link's place and digest are null if the review has
   * no link.
   */
  applied(id: string, manifest: number | null, sha256?: string | null): Promise<void>
  /** Removes a review that was not carried out, and frees its records. Throws `conflict` once it was carried out. */
  withdraw(id: string, actor: string, reason: string): Promise<void>
  get(id: string): Promise<ReviewRow | null>
  list(filter: {
    readonly dataset?: string | undefined
    readonly state?: ReviewRow['state'] | undefined
    readonly limit?: number | undefined
  }): Promise<ReviewRow[]>
  /** Reviews that were carried out while this window was the last staged one, by id. The list is final once a window follows. */
  heardAfter(dataset: string, ordinal: number): Promise<ReviewRow[]>
}

// ── chains ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What is known about one link outside the store. */
export interface KnownLink {
  readonly ordinal: number
  /** Digest of the envelope; null if only the link's place and subject were stored. */
  readonly sha256: string | null
  /** `window:<id>`, `release:<review>`, `revocation:<review>` and the like; null if only place and digest were stored. */
  readonly about: string | null
}

export interface ChainCatalog {
  /** What windows, reviews, stored links and the last checkpoint know of a chain after `after`, by ordinal. */
  known(dataset: string, after?: number): Promise<KnownLink[]>
  /** Stores a link that has no row. Throws `conflict` (`chain_rewritten`) if another one is stored for its place. */
  remember(dataset: string, link: ChainHead & { readonly about: string }): Promise<void>
  /** Which of these windows have no row in the catalog. */
  unknownWindows(ids: readonly string[]): Promise<string[]>
  /** The last known link of every chain; never before the last checkpoint's. */
  heads(): Promise<Map<string, ChainHead>>
}

// ── epochs ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The id and the number of an epoch key; never the key. */
export interface KnownEpoch {
  readonly kid: string
  readonly epoch: number
}

/** What is remembered about epoch keys outside the store, so that an earlier one cannot be made current again. */
export interface EpochCatalog {
  /** The keys with the highest number that were made current and not destroyed: several after a race; none before the first. */
  newest(dataset: string): Promise<KnownEpoch[]>
  remember(dataset: string, epoch: KnownEpoch): Promise<void>
  /** Records that the key is destroyed for good, whatever the store says later. */
  destroy(dataset: string, epoch: KnownEpoch): Promise<void>
  isDestroyed(dataset: string, kid: string): Promise<boolean>
  /** Every key that was ever current and is not destroyed. */
  standing(): Promise<readonly (KnownEpoch & { readonly dataset: string })[]>
  /** The number with which a key was remembered; null if it was not. */
  epochOf(dataset: string, kid: string): Promise<number | null>
}
