import { describeFailure } from '../exit.ts'
import { runEmbedded, type Failure } from '#app/embedded.ts'
import { lookOf } from '#present/look.ts'
import { Progress, type ProgressRow } from '../print/progress.ts'
import { visibleLines } from '#present/text.ts'
import type { SigningSystem } from '#app/system.ts'

export interface PipelineRun {
  readonly failures: readonly Failure[]
  readonly seconds: number
  readonly stopped: boolean
}

export interface ProgressOptions {
  /** Records to come, by dataset, where that is known. */
  readonly expected?: ReadonlyMap<string, number> | undefined
  readonly untilIdleSeconds?: number | undefined
  /** False: what is staged is finished, nothing new is read. */
  readonly reads?: boolean | undefined
}

/** Runs the pipeline with a live display on stderr. */
export async function runWithProgress(
  system: SigningSystem,
  signal: AbortSignal,
  { expected, untilIdleSeconds, reads = true }: ProgressOptions = {},
): Promise<PipelineRun> {
  const started = performance.now()
  const progress = new Progress({
    write: (text) => process.stderr.write(text),
    look: lookOf(process.stderr, process.env),
    now: () => performance.now(),
    signals: process,
  })
  const rows = new Map<string, ProgressRow>()
  const add = (
    dataset: string,
    more: Partial<Record<'received' | 'scanned' | 'committed' | 'held' | 'deadLettered', number>>,
  ) => {
    const row = rows.get(dataset)
    if (row === undefined) return
    const sum = (key: keyof typeof more) => row[key] + (more[key] ?? 0)
    const next = {
      ...row,
      received: sum('received'),
      scanned: sum('scanned'),
      committed: sum('committed'),
      held: sum('held'),
      deadLettered: sum('deadLettered'),
    }
    rows.set(dataset, next)
    progress.update(next)
  }
  for (const [dataset, counts] of await startingPoint(system))
    rows.set(dataset, { dataset, total: expected?.get(dataset) ?? null, ...counts })
  for (const row of rows.values()) progress.update(row)
  try {
    const failures = await runEmbedded(system, {
      signal,
      reads,
      untilIdleSeconds,
      onStaged: (dataset, { records, deadLetters }) =>
        add(dataset, { received: records + deadLetters, deadLettered: deadLetters }),
      onScanned: ({ dataset, counts }) =>
        add(dataset, { scanned: counts.received, held: counts.quarantined + counts.rejected }),
      onCommitted: ({ dataset, counts }) => add(dataset, { committed: counts.received }),
    })
    return { failures, seconds: (performance.now() - started) / 1000, stopped: signal.aborted }
  } finally {
    progress.stop()
  }
}

/** What earlier runs have done already. */
async function startingPoint({ config, catalog }: SigningSystem) {
  const counts = new Map(
    Object.keys(config.datasets).map((name) => [
      name,
      { received: 0, scanned: 0, committed: 0, held: 0, deadLettered: 0 },
    ]),
  )
  for (const window of await catalog.windows.list({})) {
    const row = counts.get(window.dataset)
    if (row === undefined) continue
    const received = window.records + window.deadLetters
    row.received += received
    row.deadLettered += window.deadLetters
    if (window.state !== 'staged') row.scanned += received
    if (window.state !== 'staged') row.held += window.counts.quarantined + window.counts.rejected
    if (window.state === 'committed') row.committed += received
  }
  return counts
}

/** What could not be done and why; nothing of it is lost. */
export function describeFailures(failures: readonly Failure[]): string {
  const lines = failures.map(({ what, error }) => visibleLines(`${what} failed: ${describeFailure(error).message}`))
  return lines.length === 0 ? '' : `${lines.join('\n')}\nNothing is lost: the next \`credence run\` tries again.\n`
}
