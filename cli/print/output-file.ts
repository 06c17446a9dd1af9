import { isAppError } from '#core/errors.ts'
import { whyUnwritable } from '#runtime/process/unwritable.ts'
import { EXIT, ExitError } from '../exit.ts'

/**
 * Runs `write`, which writes the file that a person named. Throws ExitError, with what to do, where the system refuses to write
 * it, and whatever else `write` throws.
 */
export async function toOutput(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (isAppError(error) || !isOfFile(error)) throw error
    throw new ExitError(EXIT.failure, `${path} cannot be written: ${whyUnwritable(error)}`, { cause: error })
  }
}

/** Whether the system refused an operation on a file. */
function isOfFile(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'errno' in error
}
