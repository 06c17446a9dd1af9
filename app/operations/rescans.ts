import { z } from 'zod'
import type { Decision, Policy } from '#core/decision.ts'
import { AppError, isAppError } from '#core/errors.ts'
import { sha256Hex } from '#core/hash.ts'
import { encodeRecords } from '#core/record-codec.ts'
import { FAMILIES } from '#core/score.ts'
import { decodeSidecar, type Sidecar } from '#core/sidecar.ts'
import { canonicalJson } from '#core/value.ts'
import { FEWEST_SCANNED } from '#core/window.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { knownFrom } from '#services/scan/memory/known.ts'
import type { ScoredWindow, ScoreTask } from '#services/scan/score-window.ts'
import { decideWindow } from '#services/scan/verdict/decide-window.ts'
import { contractOf } from '../contract-archive.ts'
import { readScores, readWindow } from '../read-window.ts'
import { datasetOf, type SigningSystem } from '../system.ts'
import { BUILD, VERSION } from '../version.ts'
import { openLines } from '../rescan-file.ts'
import { newestKept } from './kept-memories.ts'

const counts = z.strictObject({ admit: z.int(), quarantine: z.int(), reject: z.int() })
const judgedSchema = z.strictObject({
  window: z.string(),
  ordinal: z.int(),
  /** The digest of everything that the judgement depends on except the records; with another digest, a window is judged again. */
  by: z.string(),
  /** The counts of decisions by the original scan, and those that would be made now. */
  before: counts,
  after: counts,
  /** Records that were admitted and would be held now. */
  found: z.array(
    z.strictObject({ record: z.string(), index: z.int(), risk: z.number(), families: z.array(z.enum(FAMILIES)) }),
  ),
})
/** A window that was judged again. */
export type JudgedWindow = z.infer<typeof judgedSchema>

export interface RescanChoice {
  readonly dataset: string
  /** Windows committed since this time, or from this ordinal on; if absent, all. */
  readonly since?: Date | number | undefined
}

export interface RescanHow {
  /** How a window is scored; usually in worker threads. */
  readonly score: (task: ScoreTask) => Promise<ScoredWindow>
  /** Discards the results of an earlier rescan. */
  readonly again?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Judges committed windows again, in order, with the current detectors, policy and seed, and with the newest stored memory.
 * Results are written to the data folder line by line, so that the same call continues after an interruption; nothing else is
 * written, and nothing is recalled. A window that was too small to be scanned alone is judged by its stored risks. Windows whose
 * key was destroyed are skipped. Throws `not_found` for an unknown dataset.
 */
export async function* rescan(
  system: SigningSystem,
  choice: RescanChoice,
  { score, again = false, signal }: RescanHow,
): AsyncGenerator<JudgedWindow> {
  const { config, step } = system
  const { dataset } = datasetOf(system, choice.dataset)
  const memory = dataset.memory === false ? null : await newestKept(system, choice.dataset)
  const lines = await openLines(config.data, choice.dataset, judgedSchema, again)
  const known = new Map(lines.there.map((line) => [line.by, line]))
  const { policy, model, detectors } = dataset
  const judge = async (window: WindowRow): Promise<JudgedWindow | null> => {
    const remembered = memory?.memory.contract === window.contract ? memory : null
    const by = sha256Hex(
      canonicalJson({
        window: window.id,
        policy: { ...policy },
        seed: config.seed,
        version: `${VERSION} ${BUILD}`,
        model: model?.onnx ?? null,
        detectors: [...(detectors ?? [])],
        memory: remembered?.ref.sha256 ?? null,
      }),
    )
    const there = known.get(by)
    if (there !== undefined) return there
    const opened = await openedOrNull(() => readWindow(system, window))
    if (opened === null) return null
    const { sidecar } = await score({
      window: window.id,
      plaintext: encodeRecords(opened.records),
      contract: await contractOf(system, choice.dataset, window.contract),
      policy,
      seed: config.seed,
      model: model?.onnx,
      detectors,
      ...(remembered !== null && { memory: knownFrom(remembered) }),
    })
    const now = decodeSidecar(sidecar)
    const wasAmongOthers = window.records < FEWEST_SCANNED && opened.sidecar.unscanned === undefined
    if (now.unscanned !== undefined && wasAmongOthers) return byRisks(window, by, opened.sidecar, policy)
    return judged(
      window,
      by,
      opened.sidecar,
      now.records.map(({ decision }) => decision),
      now,
    )
  }
  const windows = await windowsOf(system, choice)
  for (let at = 0; at < windows.length; at += config.workers) {
    if (signal?.aborted === true) return
    for (const one of await Promise.all(windows.slice(at, at + config.workers).map(judge))) {
      if (one === null) continue
      if (!known.has(one.by)) await step('rescan.window', () => lines.add(one))
      yield one
    }
  }
}

/** What another policy would decide over committed windows, by the risks in their sidecars: scans nothing and stores nothing. */
export async function* rescanWhatIf(
  system: SigningSystem,
  choice: RescanChoice,
  policy: Policy,
): AsyncGenerator<JudgedWindow> {
  datasetOf(system, choice.dataset)
  for (const window of await windowsOf(system, choice)) {
    const then = await openedOrNull(() => readScores(system, window))
    if (then === null) continue
    yield byRisks(window, '', then, policy)
  }
}

/** What a policy decides from the original risks. */
function byRisks(window: WindowRow, by: string, then: Sidecar, policy: Policy): JudgedWindow {
  const risks = Float64Array.from(then.records, ({ risk }) => risk)
  return judged(window, by, then, decideWindow(risks, policy, then.unscanned), then)
}

function judged(
  { id, ordinal }: WindowRow,
  by: string,
  then: Sidecar,
  decisions: readonly Decision[],
  now: Pick<Sidecar, 'records'>,
): JudgedWindow {
  const isSame =
    now.records.length === then.records.length && now.records.every((row, i) => row.id === then.records[i]?.id)
  if (!isSame) throw new AppError('corrupt', `the scores of window ${id} are not of its records`, { reason: 'scores' })
  const found = now.records.flatMap(({ id: record, index, risk, issues }) =>
    then.records[index]?.decision === 'admit' && decisions[index] !== 'admit'
      ? [{ record, index, risk, families: issues.map(({ family }) => family) }]
      : [],
  )
  const before = countOf(then.records.map(({ decision }) => decision))
  return { window: id, ordinal, by, before, after: countOf(decisions), found }
}

async function windowsOf({ catalog }: SigningSystem, { dataset, since }: RescanChoice): Promise<WindowRow[]> {
  const after = typeof since === 'number' ? since - 1 : undefined
  const windows = await catalog.windows.list({ dataset, state: 'committed', after })
  return since instanceof Date
    ? windows.filter(({ committedAt }) => committedAt !== null && committedAt >= since)
    : windows
}

/** Null if the window's key was destroyed, so that nobody can export its records any more. */
async function openedOrNull<T>(open: () => Promise<T>): Promise<T | null> {
  try {
    return await open()
  } catch (error) {
    if (isAppError(error) && error.reason === 'key_destroyed') return null
    throw error
  }
}

function countOf(decisions: readonly Decision[]): Record<Decision, number> {
  const made = { admit: 0, quarantine: 0, reject: 0 } satisfies Record<Decision, number>
  for (const decision of decisions) made[decision]++
  return made
}
