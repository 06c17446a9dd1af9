import { AppError, isRetryable, reportOf } from '#core/errors.ts'
import { sha256Hex } from '#core/hash.ts'
import { objectPath, poolPath, windowContext } from '#core/layout.ts'
import type { Vault } from '#core/vault.ts'
import type { Catalog, ReviewRow, WindowRow } from '#runtime/catalog/catalog.ts'
import type { Events } from '#runtime/process/events.ts'
import { putOnce } from '#runtime/objects/put-once.ts'
import type { RunStep } from '#runtime/process/steps.ts'
import { CANARIES, type CanaryFamily } from './canaries/plant.ts'
import { judgePool } from './memory/pool/judge-pool.ts'
import { knownFrom } from './memory/known.ts'
import { isForetold } from './memory/reference/reference.ts'
import { openReference } from './memory/kept/open-reference.ts'
import { FEWEST_SCANNED } from '#core/window.ts'
import { catchUp, openMemory, type OpenedMemory } from './memory/kept/open-memory.ts'
import type { ScoredWindow, ScoreTask } from './score-window.ts'
import type { ScanSettings } from './settings.ts'

/**
 * Canaries are planted in a copy of every window whose ordinal is a multiple of this, and the copy is scanned as well:
 * a twelfth more work.
 */
const CANARIES_EVERY = 12

export interface ScanDeps {
  readonly catalog: Catalog
  readonly vault: Vault
  /** Runs `scoreWindow` without blocking this thread. */
  readonly score: (task: ScoreTask) => Promise<ScoredWindow>
  /**
   * The settings by which a window is judged, with the contract that it was staged under. Throws `not_found` or
   * `conflict`.
   */
  readonly settings: (window: WindowRow) => Promise<ScanSettings>
  /**
   * Scans an earlier window of the dataset that this one learns from; one scan is shared by all who ask at the same
   * time.
   */
  readonly scanFirst: (window: string) => Promise<WindowRow>
  /** Has one memory, identified by `name`, made once for all who need it at the same time. */
  readonly once: (name: string, make: () => Promise<OpenedMemory | null>) => Promise<OpenedMemory | null>
  /** Whether a holder of the dataset's keys decided a review. */
  readonly isGiven: (review: ReviewRow) => Promise<boolean>
  readonly enqueueCommit: (window: string) => Promise<void>
  readonly step: RunStep
  readonly events: Events
}

/**
 * The scan stage: staged → scanned. Opens the memory of earlier windows, loads the window's records, scores them,
 * writes their part of the pool and the sidecar of scores, and records the decisions in one transaction. Safe to
 * repeat: a window that is past this stage is only handed on.
 */
export async function scanStage(id: string, deps: ScanDeps): Promise<WindowRow> {
  const { catalog, vault, step, events } = deps
  const started = performance.now()
  const window = await catalog.windows.get(id)
  if (window === null) throw new AppError('not_found', `the catalog has no window ${id}`)
  if (window.state !== 'staged') return handOn(window, deps)

  const { contract, policy, seed, effort, model, detectors, every } = await deps.settings(window)
  const known = await step('scan.memory', async () => {
    if (every === null) return null
    const opened = await openMemory(window, every, { ...deps, judge: (pool) => judgePool(pool, deps) })
    if (opened === null) return null
    const known = knownFrom(opened)
    return isForetold(contract) || window.records < FEWEST_SCANNED
      ? { ...known, reference: await openReference(opened.memory, window, every, deps) }
      : known
  })
  const plaintext = await step('scan.load', () =>
    vault.open(window.staged.path, windowContext(window, 'jsonl+zstd'), window.staged.sha256),
  )
  const {
    sidecar,
    pool,
    bearers: _bearers,
    spikes: _spikes,
    floods: _floods,
    hunted: _hunted,
    inserted: _inserted,
    leads: _leads,
    followed: _followed,
    overdrawn: _overdrawn,
    natural: _natural,
    drifted = [],
    canaries,
    ...outcome
  } = await deps.score({
    window: id,
    plaintext,
    contract,
    policy,
    seed,
    effort,
    model,
    detectors,
    pooled: every !== null,
    canaries: every === null ? undefined : canariesOf(window.ordinal),
    ...(known !== null && { memory: known }),
  })
  if (pool !== undefined) await step('scan.pool', () => givePool(window, pool, deps))
  const scores = await step('scan.scores', () =>
    putOnce(vault, objectPath('scores', window.dataset, id), windowContext(window, 'json+zstd'), sidecar),
  )
  const scanned = await step('scan.transaction', () => catalog.windows.scanned(id, { ...outcome, scores }))
  const { dataset, ordinal, records, counts } = scanned
  const flagged = counts.quarantined + counts.rejected
  events.emit('window.scanned', { dataset, window: id, ordinal, records, flagged, ms: performance.now() - started })
  if (canaries !== undefined) events.emit('canaries.scanned', { dataset, window: id, ...canaries })
  if (drifted.length > 0) events.emit('window.drifted', { dataset, window: id, ordinal, moved: drifted.join(', ') })
  return handOn(scanned, deps)
}

/** The family of the canaries of a window, in turn; undefined where it has none. */
function canariesOf(ordinal: number): CanaryFamily | undefined {
  return ordinal % CANARIES_EVERY === 0 ? CANARIES[(ordinal / CANARIES_EVERY - 1) % CANARIES.length] : undefined
}

/**
 * Makes the last memory of a dataset, so that what its windows show of earlier ones is found up to the last window.
 * Safe to repeat. Throws errors that are worth another try.
 */
export async function catchUpStage(last: WindowRow, deps: ScanDeps): Promise<void> {
  const { every } = await deps.settings(last)
  if (every === null) return
  await deps.step('scan.memory', () => catchUp(last, every, { ...deps, judge: (pool) => judgePool(pool, deps) }))
}

/**
 * Writes the window's part of the pool. The pool serves later windows: where it cannot be written for good, this window
 * goes on without it.
 */
async function givePool(window: WindowRow, pool: Uint8Array, { vault, events }: ScanDeps): Promise<void> {
  const { dataset, id } = window
  try {
    await vault.put(poolPath(dataset, id, sha256Hex(pool)), windowContext(window, 'jsonl+zstd'), pool)
  } catch (error) {
    if (isRetryable(error)) throw error
    events.emit('pool.lost', { dataset, window: id, code: reportOf(error).code })
  }
}

async function handOn(window: WindowRow, { enqueueCommit }: ScanDeps): Promise<WindowRow> {
  if (window.state === 'scanned') await enqueueCommit(window.id)
  return window
}
