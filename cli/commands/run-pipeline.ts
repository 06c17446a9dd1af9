import { describeFailure } from '../exit.ts'
import { runEmbedded } from '#app/embedded.ts'
import type { Failure } from '#app/failures.ts'
import { lookOf } from '#present/look.ts'
import { watchProgress, type DatasetProgress } from '#app/operations/progress.ts'
import { Progress } from '../print/progress.ts'
import { visibleLines } from '#present/text.ts'
import type { SigningSystem } from '#app/system.ts'

export interface PipelineRun {
  readonly failures: readonly Failure[]
  readonly seconds: number
  readonly stopped: boolean
  /** What this run held or put among the dead letters. */
  readonly heldNow: number
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
  const update = (row: DatasetProgress) => progress.update({ ...row, total: expected?.get(row.dataset) ?? null })
  using watch = await watchProgress(system, update)
  const before = new Map(watch.rows().map((row) => [row.dataset, row]))
  for (const row of before.values()) update(row)
  try {
    const failures = await runEmbedded(system, { signal, reads, untilIdleSeconds })
    const more = (now: number, then = 0) => Math.max(0, now - then)
    const heldNow = watch.rows().reduce((sum, { dataset, held, deadLettered }) => {
      const then = before.get(dataset)
      return sum + more(held, then?.held) + more(deadLettered, then?.deadLettered)
    }, 0)
    return { failures, seconds: (performance.now() - started) / 1000, stopped: signal.aborted, heldNow }
  } finally {
    progress.stop()
  }
}

/** What could not be done and why; nothing of it is lost. */
export function describeFailures(failures: readonly Failure[]): string {
  const lines = failures.map(({ what, error }) => visibleLines(`${what} failed: ${describeFailure(error).message}`))
  return lines.length === 0 ? '' : `${lines.join('\n')}\nNothing is lost: the next \`credence run\` tries again.\n`
}
