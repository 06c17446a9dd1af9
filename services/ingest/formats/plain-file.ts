import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { AppError } from '#core/errors.ts'

const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * Opens a file for reading, and refuses everything else that a name may stand for: a link could lead out of the folder, and
 * opening a pipe would wait for a writer. Throws `denied` (`not_plain`) for those, `not_found`, `denied`, `unavailable`.
 */
export async function openPlainFile(path: string): Promise<{ readonly handle: FileHandle; readonly size: number }> {
  const handle = await open(path, FLAGS).catch((error: unknown) => {
    throw fileError(error, path)
  })
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw notPlain(path, stats.isDirectory() ? 'a folder' : 'a pipe or a device')
    return { handle, size: stats.size }
  } catch (error) {
    await handle.close()
    throw fileError(error, path)
  }
}

function notPlain(path: string, what: string): AppError {
  return new AppError('denied', `${path} is ${what}, not a file: it is not read`, { reason: 'not_plain' })
}

/** Maps an error of the file system to an `AppError`. */
export function fileError(error: unknown, path: string): AppError {
  if (error instanceof AppError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT' || code === 'ENOTDIR') return new AppError('not_found', `${path} does not exist`)
  if (code === 'EACCES' || code === 'EPERM') return new AppError('denied', `${path} may not be read`)
  if (code === 'ELOOP' || code === 'EMLINK') return notPlain(path, 'a symbolic link')
  if (code === 'ENXIO' || code === 'ENODEV') return notPlain(path, 'a socket or a device')
  if (code === 'EMFILE' || code === 'ENFILE') {
    const message = `${path} cannot be opened: too many files are open (${code}); raise the limit (ulimit -n)`
    return new AppError('unavailable', message, { cause: error, reason: 'too_many_files' })
  }
  return new AppError('unavailable', `${path} cannot be read (${code || 'unknown'})`, { cause: error })
}
