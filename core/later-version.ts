import type { z } from 'zod'
import { AppError, isAppError } from './errors.ts'

/** The reasons of errors about what a later version stored. */
const NEWER = ['newer_sidecar', 'newer_memory'] as const
type Newer = (typeof NEWER)[number]

/** What is stored: the reasons of its errors, the beginning of their sentences, and this version's number of it. */
interface Kind {
  readonly reason: string
  readonly newer: Newer
  readonly named: string
  readonly version: number
}

/**
 * Stored JSON by its strict schema; `path` is where it is stored, for the errors. Throws `conflict` with the reason `newer` for what a later version wrote, and
 * `corrupt` for anything else that the schema refuses. A later version wrote it if its `version` is higher, or if all
 * that the schema refuses are keys, names and kinds that it does not know: nothing is missing, and nothing has another
 * type.
 * Messages quote nothing of what is stored.
 */
export function parseStored<T>(schema: z.ZodType<T>, bytes: Uint8Array, kind: Kind, path?: string): T {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    throw corrupt(kind, path)
  }
  const { data, error } = schema.safeParse(value)
  if (error === undefined) return data
  if (!isLater(value, error.issues, kind)) throw corrupt(kind, path)
  const { newer, named } = kind
  throw new AppError('conflict', `${at(path)}${named} was written by a newer version: upgrade to read it`, {
    reason: newer,
  })
}

/** Whether an error is of something stored that a later version wrote: an upgrade reads it. */
export function isOfLaterVersion(error: unknown): boolean {
  return isAppError(error, 'conflict') && NEWER.some((reason) => reason === error.reason)
}

export function corrupt({ reason, named }: Pick<Kind, 'reason' | 'named'>, path?: string): AppError {
  return new AppError('corrupt', `${at(path)}${named} is damaged, or was never one`, { reason })
}

function at(path: string | undefined): string {
  return path === undefined ? '' : `${path}: `
}

function isLater(value: unknown, issues: readonly z.core.$ZodIssue[], { version }: Kind): boolean {
  const own = valueAt(value, ['version'])
  if (typeof own !== 'number' || !Number.isInteger(own) || own < version) return false
  return own > version || issues.every((issue) => isUnknown(issue, value))
}

/** Whether an issue is about a key, a name or a kind of value that the schema does not know. */
function isUnknown(issue: z.core.$ZodIssue, value: unknown): boolean {
  if (issue.code === 'unrecognized_keys') return true
  if (issue.code !== 'invalid_value' && issue.code !== 'invalid_union') return false
  const found = valueAt(value, issue.path)
  if (typeof found === 'string') return true
  return issue.code === 'invalid_union' && issue.errors.length > 0 && issue.errors.every((of) => isOtherKind(of, found))
}

/** Whether a value lacks the keys of one kind and has others: it is of another kind, and nothing in it has another type. */
function isOtherKind(issues: readonly z.core.$ZodIssue[], found: unknown): boolean {
  return (
    issues.some(({ code }) => code === 'unrecognized_keys') &&
    issues.every((issue) => isUnknown(issue, found) || valueAt(found, issue.path) === undefined)
  )
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let there = value
  for (const key of path) {
    if (typeof there !== 'object' || there === null) return undefined
    there = Reflect.get(there, key)
  }
  return there
}
