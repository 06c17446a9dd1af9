import { isAppError } from '#core/errors.ts'
import { inferContract } from '#services/ingest/infer/infer.ts'
import type { Inference } from '#services/ingest/infer/inference.ts'
import { NOTHING_READ } from '#services/ingest/infer/nothing.ts'
import { looksLikeImage } from '#services/scan/features/detect-image.ts'
import { MOST_COLUMNS } from '#services/scan/in-parts.ts'
import { EXIT, ExitError } from '../exit.ts'

/** Looked into, and nothing there that a scan could use. */
const NOTHING_THERE: ReadonlySet<string> = new Set([...NOTHING_READ, 'nothing_to_scan', 'many_sizes', 'too_wide'])

/** The contract of data that have none. Data that are not to be scanned have an exit code of their own; what else is wrong is a hint. */
export async function inferred(
  path: string,
  hints: { label: string | undefined; contributor: string | undefined },
): Promise<Inference> {
  try {
    return await inferContract(path, { ...hints, looksLikeImage, mostColumns: MOST_COLUMNS })
  } catch (error) {
    if (!isAppError(error, 'invalid')) throw error
    const exitCode = NOTHING_THERE.has(error.reason ?? '') ? EXIT.nothing : EXIT.usage
    throw new ExitError(exitCode, error.message, { cause: error })
  }
}
