import { isAppError, reportOf } from '#core/errors.ts'
import type { RedriveRow } from '#runtime/catalog/console/redrives.ts'
import { sleep } from '#runtime/waiting/retry.ts'
import type { SigningSystem } from '../system.ts'
import { redrive } from './dead-letters.ts'

export interface RedriveRun {
  readonly onProgress?: ((row: RedriveRow) => void) | undefined
  readonly signal: AbortSignal
}

const LOOK_AGAIN_MS = 1000

/**
 * Decodes the dead letters that a redrive took up, in the name of the person who asked. New records are staged and removed from
 * the redrive in one transaction, and repeated failures in another: after a crash the same call continues with the rest, and
 * does nothing twice. Waits while another redrive of the dataset runs. A failure ends it, with its code in the row.
 */
export async function runRedrive(
  system: SigningSystem,
  { id, dataset, askedBy }: RedriveRow,
  { onProgress, signal }: RedriveRun,
): Promise<void> {
  const { redrives } = system.catalog.console
  const acting = { ...system, actor: askedBy }
  const tell = async () => {
    const now = await redrives.get(id)
    if (now !== null) onProgress?.(now)
  }
  try {
    for (;;) {
      if (signal.aborted) return
      try {
        await redrive(acting, dataset, { redrive: id, onProgress: tell, signal })
        break
      } catch (error) {
        if (!isAppError(error, 'conflict')) throw error
        if (error.reason !== 'redriving') throw error
        await sleep(LOOK_AGAIN_MS, signal).catch(() => {})
      }
    }
    if (signal.aborted) return
    onProgress?.(await redrives.end(id, 'done', null))
  } catch (error) {
    if (signal.aborted) return
    const { code, says } = reportOf(error)
    onProgress?.(await redrives.end(id, 'failed', `${code}: ${says}`))
  }
}
