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
 * The catalog: the truth about windows, positions, leases, decisions, reviews and audit entries. It holds no payload and no
 * key. PGlite in the data folder, or PostgreSQL: same SQL, same migrations. Every method is one transaction and safe to
 * repeat; every change of state appends its audit entry in the same transaction.
 * Throws `conflict` (reason `lease_lost` where a fence no longer holds), `not_found`, `unavailable`.
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
  /** Takes the lease when it is free, expired or ours already; null while somebody else holds it. */
  acquire(source: string, shard: string, owner: string, seconds: number): Promise<Lease | null>
  /** False once the lease is somebody else's. */
  renew(lease: Lease, seconds: number): Promise<boolean>
  release(lease: Lease): Promise<void>
  /** How far each partition of a shard has been staged. */
  positions(source: string, shard: string): Promise<Map<string, string>>
  /** Which of these record ids the dataset has staged before; asked only where the contract names an id field. */
  seenIds(dataset: string, ids: readonly string[]): Promise<Set<string>>
  /** Every shard that was ever leased: whose it is now, and whether it was read to its end. */
  leases(source: string): Promise<ShardLease[]>
  /** The shard has ended and all of it is staged: it is never leased again. Throws `conflict` (`lease_lost`). */
  finish(lease: Lease): Promise<void>
  /** Says that `owner` would read the source for so long; resolves to all who would now, in order. */
  attend(source: string, owner: string, seconds: number): Promise<string[]>
  leave(source: string, owner: string): Promise<void>
  /** Moves a position without a window, where it stands at `from`. Throws `conflict` (`lease_lost`, `position_moved`). */
  move(lease: Lease, partition: string, from: string, to: string): Promise<void>
  /** Which of these redeliverable items, by `itemKey`, were staged before. */
  stagedItems(source: string, keys: readonly string[]): Promise<Set<string>>
  /** Forgets redeliverable items staged longer ago than this; how many. */
  forgetItems(olderThanSeconds: number): Promise<number>
  /** Deliveries of a dataset that repeat an earlier one, in the order of their arrival. */
  repeated(dataset: string): Promise<RepeatedDelivery[]>
}

/** What a delivery (a file) held in a window. */
export interface DeliveredItems {
  readonly partition: string
  readonly items: number
  /** The smallest of the items' marks, ascending, each once; at most `MARKS_KEPT`. */
  readonly marks: readonly string[]
}

/** A delivery whose items were mostly, or all, in an earlier one. */
export interface RepeatedDelivery {
  readonly partition: string
  readonly earlier: string
  /** The window that it was noticed in. */
  readonly window: string
  /** How many items were read of it so far. */
  readonly items: number
  /** About how much of the smaller of the two is in the other, 0 to 1. */
  readonly share: number
}

export interface ShardLease {
  readonly shard: string
  /** Null while nobody holds it. */
  readonly owner: string | null
  readonly finished: boolean
}

// ── windows ────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface StagedWindow extends WindowInfo {
  readonly staged: ObjectRef
  /** The object with the raw dead letters, and one row for each; null when there are none. */
  readonly deadLetterObject: ObjectRef | null
  readonly deadLetterRows: readonly NewDeadLetter[]
  /** Where the contract names an id field: the ids of the records, to guard against duplicates. */
  readonly guardedIds: readonly string[]
  /** Dead letters that this window takes up again. */
  readonly redrives: readonly string[]
  /** Items that the source may deliver again: none of them may have been staged before. */
  readonly redeliverable?: readonly string[]
  /** What the window took from each delivery, where the source has such: files, not streams. */
  readonly deliveries?: readonly DeliveredItems[]
}

export interface WindowRow extends WindowInfo {
  /** Counts windows of a dataset in staging order, from 1. */
  readonly ordinal: number
  readonly state: WindowState
  readonly staged: ObjectRef
  readonly deadLetterObject: ObjectRef | null
  readonly scores: ObjectRef | null
  readonly counts: WindowCounts
  /** Place of the window's manifest in the dataset's chain. */
  readonly manifest: number | null
  /** Attempts at the present state that failed, and the code of the last failure. */
  readonly attempts: number
  readonly lastError: string | null
  readonly stagedAt: Date
  readonly scannedAt: Date | null
  readonly committedAt: Date | null
}

export interface ScanOutcome {
  /** The encrypted sidecar: every record's scores, evidence and decision, with what they were made by. */
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
  /** Ordinals up to this one, and with it. */
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
   * The stage transaction: the row, its dead letters, its guarded ids and the new positions, under the lease's fence.
   * A window that is there already is returned as it is. Throws `conflict`: `lease_lost`, `position_moved`, `duplicate_id`,
   * `redelivered`.
   */
  stage(window: StagedWindow, lease: Lease): Promise<WindowRow>
  /** The scan transaction: staged → scanned. On a window that is past it, changes nothing. */
  scanned(id: string, outcome: ScanOutcome): Promise<WindowRow>
  /** The commit transaction: scanned → committed. On a window that is past it, changes nothing. */
  committed(id: string, outcome: CommitOutcome): Promise<WindowRow>
  /** Counts a failed attempt; whether it is news: the first, or with another code than the one before. */
  failed(id: string, code: string): Promise<boolean>
  get(id: string): Promise<WindowRow | null>
  /** By dataset and ordinal. */
  list(filter: WindowFilter): Promise<WindowRow[]>
  /** The dataset's window of the highest ordinal, of those in a state where one is named. */
  last(dataset: string, state?: WindowState): Promise<WindowRow | null>
  /** How many windows wait in each state, and for how many seconds the first of them has: what to scale by. */
  waiting(): Promise<readonly { readonly state: 'staged' | 'scanned'; windows: number; oldestSeconds: number }[]>
  /**
   * Totals of each dataset; received = admitted + quarantined + rejected + deadLettered + pending, redriven items once. Of the
   * rejected, `recalled` had been admitted.
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
    /** Those that this redrive took up. */
    readonly redrive?: string | undefined
    readonly limit?: number | undefined
  }): Promise<DeadLetterRow[]>
  countByReason(dataset?: string): Promise<{ dataset: string; reason: DeadReason; count: number }[]>
  /** A redrive that failed again: one more attempt, with the new reason. */
  failedAgain(
    ids: readonly { readonly id: string; readonly reason: DeadReason; readonly detail: string }[],
  ): Promise<void>
}

// ── flagged records and reviews ────────────────────────────────────────────────────────────────────────────────────

export interface NewFlagged {
  readonly record: string
  /** Place within the window. */
  readonly index: number
  readonly risk: number
  readonly decision: Exclude<Decision, 'admit'>
  readonly families: readonly Family[]
  readonly campaign: string | null
  readonly contributor: string | null
  readonly label: string | null
  /** As the field says that the contract names; absent where it names none. */
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
  /** Of the scan; `admit` for what was recalled after it had been admitted. */
  readonly decision: Decision
  /** False where no detector looked at its window: it is held, its risk is no risk, and no family suspects it. */
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
  /** Of what was scanned alone. */
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
  /** Of each window that a scan held something of, what it decided, and how many stand otherwise than that and reviews say. */
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
  /** `recall` takes back what is admitted; `undo` puts back what review `undoes` did. */
  readonly action: 'release' | 'reject' | 'recall' | 'undo'
  readonly undoes: string | null
  readonly records: readonly string[]
  readonly reason: string
  readonly actor: string
  /** Of the process in which a person decided; absent on reviews of before. */
  readonly signature?: { readonly keyid: string; /** Ed25519, base64. */ readonly sig: string }
  /** The decision under the dataset's epoch key, base64: who scans has no right to signing keys. Absent on reviews of before. */
  readonly sealed?: string
}

/** A record that the scan of a committed window admitted: what its sidecar says of it. */
export interface NewAdmitted {
  readonly record: string
  readonly window: string
  readonly index: number
  readonly risk: number
  readonly families: readonly Family[]
  readonly campaign: string | null
}

export interface ReviewRow extends NewReview {
  /** `pending` until the chain says so (release, recall, and undo of them) or at once (reject). */
  readonly state: 'pending' | 'applied'
  readonly manifest: number | null
  readonly undoneBy: string | null
  readonly createdAt: Date
}

export interface ReviewCatalog {
  /**
   * Records the decision before anything moves, so that a crash resumes it. Throws `conflict` when a record does not stand
   * where the action takes it from, `not_found` when there is no such record. A recall brings what the scan admitted with it
   * (`admitted`), which has no row yet.
   */
  add(review: NewReview, admitted?: readonly NewAdmitted[]): Promise<ReviewRow>
  /** The standing of the records follows; the link's place and digest are null where the chain has nothing to say. */
  applied(id: string, manifest: number | null, sha256?: string | null): Promise<void>
  /** Takes a review that was not carried out away again, and lets go of its records. Throws `conflict` once it was. */
  withdraw(id: string, actor: string, reason: string): Promise<void>
  get(id: string): Promise<ReviewRow | null>
  list(filter: {
    readonly dataset?: string | undefined
    readonly state?: ReviewRow['state'] | undefined
    readonly limit?: number | undefined
  }): Promise<ReviewRow[]>
  /** Those that were carried out while this window was the last that was staged, by id: nothing is added once a window follows. */
  heardAfter(dataset: string, ordinal: number): Promise<ReviewRow[]>
}

// ── chains ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What is known of one link from elsewhere than the store. */
export interface KnownLink {
  readonly ordinal: number
  /** Digest of the envelope; null where only the link's place and subject were kept. */
  readonly sha256: string | null
  /** `window:<id>`, `release:<review>`, `revocation:<review>` and the like; null where only place and digest were kept. */
  readonly about: string | null
}

export interface ChainCatalog {
  /** What windows, reviews, kept links and the last checkpoint know of a chain behind `after`, by ordinal. */
  known(dataset: string, after?: number): Promise<KnownLink[]>
  /** Keeps a link that no row stands for. Throws `conflict` (`chain_rewritten`) where another one is kept at its place. */
  remember(dataset: string, link: ChainHead & { readonly about: string }): Promise<void>
  /** Which of these windows the catalog has no row of. */
  unknownWindows(ids: readonly string[]): Promise<string[]>
  /** The furthest link known of every chain; never behind the last checkpoint's. */
  heads(): Promise<Map<string, ChainHead>>
}

// ── epochs ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The name and the number of an epoch key; never the key. */
export interface KnownEpoch {
  readonly kid: string
  readonly epoch: number
}

/** What is remembered of epoch keys outside the store, so that an earlier one cannot be made current again. */
export interface EpochCatalog {
  /** Those of the highest number that were made current and not destroyed: more than one after a race; none before the first. */
  newest(dataset: string): Promise<KnownEpoch[]>
  remember(dataset: string, epoch: KnownEpoch): Promise<void>
  /** The key is destroyed for good, whatever the store says later. */
  destroy(dataset: string, epoch: KnownEpoch): Promise<void>
  isDestroyed(dataset: string, kid: string): Promise<boolean>
  /** Every key that was ever current and is not destroyed. */
  standing(): Promise<readonly (KnownEpoch & { readonly dataset: string })[]>
  /** The number that a key was remembered with; null where it was not. */
  epochOf(dataset: string, kid: string): Promise<number | null>
}
