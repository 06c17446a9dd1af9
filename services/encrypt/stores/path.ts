import { AppError } from '#core/errors.ts'

const SEGMENT = /^[A-Za-z0-9_=-][A-Za-z0-9._=-]*$/
const LONGEST_SEGMENT = 200
const LONGEST_PATH = 900 // S3, GCS and Azure allow 1024 bytes, prefix included

/** Throws `invalid` unless `path` is `a/b/c` of letters, digits, `.`, `_`, `-`, `=`, no segment starting with a dot. */
export function checkPath(path: string): void {
  if (!isPath(path)) throw new AppError('invalid', `not an object path: ${JSON.stringify(path.slice(0, 200))}`)
}

/** Throws `invalid` unless `prefix` can be the start of a path; the empty prefix matches every path. */
export function checkPrefix(prefix: string): void {
  const whole = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix
  if (prefix !== '' && !isPath(whole)) {
    throw new AppError('invalid', `not a prefix of object paths: ${JSON.stringify(prefix.slice(0, 200))}`)
  }
}

/** Whether text is an object path. Listings skip all other names, which others may have put beside the objects. */
export function isPath(path: string): boolean {
  if (path.length > LONGEST_PATH) return false
  return path.split('/').every((segment) => segment.length <= LONGEST_SEGMENT && SEGMENT.test(segment))
}
