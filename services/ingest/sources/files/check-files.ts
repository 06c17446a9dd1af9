import { access, constants } from 'node:fs/promises'
import type { CheckLine } from '#core/check.ts'
import { AppError } from '#core/errors.ts'
import { fileError } from '../../formats/plain-file.ts'
import { listFiles } from './list-files.ts'

/** Of more files that cannot be read, these many are named. */
const NAMED = 5

/** For `credence check`: whether each file that a source would read may be read. Reads none of them. */
export async function checkFiles(root: string, isWanted: (path: string) => boolean): Promise<CheckLine[]> {
  const what = `files ${root}`
  const problems: AppError[] = []
  try {
    const paths = new Set(
      (await listFiles(root, isWanted, (problem) => problems.push(problem))).map(({ path }) => path),
    )
    for (const path of paths)
      await access(path, constants.R_OK).catch((error: unknown) => problems.push(fileError(error, path)))
    if (problems.length === 0) return [{ what, state: 'ok', says: `${paths.size} can be read` }]
  } catch (error) {
    problems.push(fileError(error, root))
  }
  const more = problems.length - NAMED
  return [
    ...problems.slice(0, NAMED).map(({ code, message }) => failed(what, `${code}: ${message}`)),
    ...(more > 0 ? [failed(what, `and ${more} more`)] : []),
  ]
}

function failed(what: string, says: string): CheckLine {
  return { what, state: 'failed', says }
}
