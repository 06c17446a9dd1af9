import { isAppError } from '#core/errors.ts'
import { readText } from '#runtime/config/read-text.ts'
import { EXIT, ExitError } from '../exit.ts'

/** The text of a file that a person named; `what` says what it has to be. Throws ExitError where it cannot be read. */
export async function fromInput(path: string, what: string): Promise<string> {
  try {
    return await readText(path, what)
  } catch (error) {
    if (!isAppError(error)) throw error
    throw new ExitError(EXIT.failure, error.message, { cause: error })
  }
}
