import { AppError } from '#core/errors.ts'
import type { Contract } from '#core/contract.ts'
import type { Policy } from '#core/decision.ts'
import { objectPath, windowContext } from '#core/layout.ts'
import type { Vault } from '#core/vault.ts'
import type { Catalog, WindowRow } from '#runtime/catalog/catalog.ts'
import type { Events } from '#runtime/process/events.ts'
import { putOnce } from '#runtime/objects/put-once.ts'
import type { RunStep } from '#runtime/process/steps.ts'
import { openMemory } from './memory/open-memory.ts'
import type { ScoredWindow, ScoreTask } from './score-window.ts'

export interface ScanDeps {
  readonly catalog: Catalog
  readonly vault: Vault
  /** Runs `scoreWindow` where it does not hold up this thread. */
  readonly score: (task: ScoreTask) => Promise<ScoredWindow>
  /** How a window is to be judged: by the contract that it was staged under. Throws `not_found` or `conflict`. */
  readonly settings: (window: WindowRow) => Promise<ScanSettings>
  /** Scans an earlier window of the dataset that this one is to learn from; shared by all who ask for it at once. */
  readonly scanFirst: (window: string) => Promise<WindowRow>
  readonly enqueueCommit: (window: string) => Promise<void>
  readonly step: RunStep
  readonly events: Events
}

export interface ScanSettings {
  readonly contract: Contract
  readonly policy: Policy
  readonly seed: number
  /** The user's own model, in place of the probe. */
  readonly model?: string | undefined
  /** After how many windows of the dataset a memory is made; null where nothing is remembered. */
  readonly every: number | null
  /** Modules with detectors of one's own. */
  readonly detectors?: readonly string[] | undefined
}

/**
 * The scan stage: staged → scanned. Recalls what earlier windows taught, loads the window's records, scores them, writes the scores sidecar, and records
 * the decisions in one transaction. Safe to repeat: a window that is past it is only handed on.
 */
export async function scanStage(id: string, deps: ScanDeps): Promise<WindowRow> {
  const { catalog, vault, step, events } = deps
  const started = performance.now()
  const window = await catalog.windows.get(id)
  if (window === null) throw new AppError('not_found', `the catalog has no window ${id}`)
  if (window.state !== 'staged') return handOn(window, deps)

  const { contract, policy, seed, model, detectors, every } = await deps.settings(window)
  const known = await step('scan.memory', async () => (every === null ? null : openMemory(window, every, deps)))
  const plaintext = await step('scan.load', () =>
    vault.open(window.staged.path, windowContext(window, 'jsonl+zstd'), window.staged.sha256),
  )
  const { sidecar, ...outcome } = await deps.score({
    window: id,
    plaintext,
    contract,
    policy,
    seed,
    model,
    detectors,
    ...(known !== null && { memory: { history: known.memory.history, ref: known.ref } }),
  })
  const scores = await step('scan.scores', () =>
    putOnce(vault, objectPath('scores', window.dataset, id), windowContext(window, 'json+zstd'), sidecar),
  )
  const scanned = await step('scan.transaction', () => catalog.windows.scanned(id, { ...outcome, scores }))
  const { dataset, ordinal, records, counts } = scanned
  const flagged = counts.quarantined + counts.rejected
  events.emit('window.scanned', { dataset, window: id, ordinal, records, flagged, ms: performance.now() - started })
  return handOn(scanned, deps)
}

async function handOn(window: WindowRow, { enqueueCommit }: ScanDeps): Promise<WindowRow> {
  if (window.state === 'scanned') await enqueueCommit(window.id)
  return window
}
