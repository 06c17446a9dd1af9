import { readFile } from 'node:fs/promises'
import { AppError } from '#core/errors.ts'

/**
 * Reads a configuration, or a file that it names. Throws `not_found`, or `invalid` (`configuration`) if it is a folder or not
 * UTF-8.
 */
export async function readText(path: string, what: string): Promise<string> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    const wrong = { cause, reason: 'configuration' }
    if (code === 'ENOENT') throw new AppError('not_found', `there is no ${path}: expected ${what} there`, wrong)
    if (code === 'EISDIR') throw new AppError('invalid', `${path} is a folder: expected ${what} there`, wrong)
    throw new AppError(code === 'EACCES' ? 'denied' : 'unavailable', `cannot read ${path}`, { cause })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new AppError('invalid', `${path} is not UTF-8 text`, { cause, reason: 'configuration' })
  }
}
