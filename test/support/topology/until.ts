import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** How long one look at it may take. */
const ANSWERS_MS = 120_000

export interface UntilOptions {
  /** How long it may take, in milliseconds: far more than it does. */
  readonly withinMs: number
  /** The installation's, whose logs are told where it took longer. */
  readonly folder: string
}

/** Resolves once it is true; throws with what it said last, and what each process did, where that takes too long. */
export async function until(isSo: () => Promise<boolean>, { withinMs, folder }: UntilOptions): Promise<void> {
  const givesUp = performance.now() + withinMs
  let last: unknown = 'it was asked and false'
  while (performance.now() < givesUp) {
    try {
      if (await Promise.race([isSo(), tooLong()])) return
      last = 'it was asked and false'
    } catch (error) {
      last = error // whatever it stands on may be down
    }
    await delay(500)
  }
  throw new Error(`not so after ${withinMs / 1000} s; last: ${String(last)}\n${lastLines(folder)}`)
}

async function tooLong(): Promise<never> {
  await delay(ANSWERS_MS, null, { ref: false })
  throw new Error(`no answer in ${ANSWERS_MS / 1000} s`)
}

function lastLines(folder: string): string {
  const logs = readdirSync(join(folder, 'log')).sort()
  return logs
    .map(
      (name) =>
        `${name}\n${readFileSync(join(folder, 'log', name), 'utf8')
          .trimEnd()
          .split('\n')
          .slice(-8)
          .join('\n')}`,
    )
    .join('\n\n')
}
