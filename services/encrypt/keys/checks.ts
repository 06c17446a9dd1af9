import { randomBytes } from 'node:crypto'
import { isAppError } from '#core/errors.ts'
import type { CheckLine } from '#core/check.ts'
import { kidOf } from './record.ts'
import type { KeyContext } from '../keyring.ts'

/** The result of one check: a text if all is well, or a warning with what to do about it. */
export type Finding = string | Omit<CheckLine, 'what'>

/**
 * Runs one check and returns its line. A refusal is `failed`, or `unknown` if the pipeline works without the checked thing.
 * Throws only defects of this program.
 */
export async function look(
  what: string,
  work: () => Promise<Finding>,
  refused: 'failed' | 'unknown' = 'failed',
): Promise<CheckLine> {
  try {
    const found = await work()
    return typeof found === 'string' ? { what, state: 'ok', says: found } : { what, ...found }
  } catch (error) {
    if (!isAppError(error)) throw error
    const [says, fix] = splitFix(error.message)
    return { what, state: refused, says, fix }
  }
}

/** Splits a message before its last part, which says what to do, at the last colon and space. */
function splitFix(message: string): [string, string?] {
  const at = message.lastIndexOf(': ')
  return at < 0 ? [message] : [message.slice(0, at), message.slice(at + 2)]
}

/** A random key that nothing uses, and a context to wrap it with. */
function trialKey(): { readonly key: Uint8Array; readonly context: KeyContext } {
  const key = randomBytes(32)
  return { key, context: { dataset: '_check', kid: kidOf(key) } }
}

/** Wraps and unwraps a worthless key: only this proves that the permissions are there. */
export async function roundTrip<W>(options: {
  readonly permissions: { readonly wrap: string; readonly unwrap: string }
  readonly wrap: (key: Uint8Array, context: KeyContext) => Promise<W>
  readonly unwrap: (wrapped: W, context: KeyContext) => Promise<Uint8Array>
}): Promise<CheckLine[]> {
  const { permissions, wrap, unwrap } = options
  const { key, context } = trialKey()
  let wrapped: { readonly it: W } | undefined
  const first = await look(`permission ${permissions.wrap}`, async () => {
    wrapped = { it: await wrap(key, context) }
    return 'wraps a key'
  })
  const what = `permission ${permissions.unwrap}`
  const made = wrapped
  if (made === undefined) return [first, { what, state: 'unknown', says: 'nothing could be wrapped to try it on' }]
  const second = await look(what, async () => {
    const back = await unwrap(made.it, context)
    if (Buffer.from(back).equals(key)) return 'unwraps what it wrapped'
    return { state: 'failed', says: 'gave back another key than it wrapped', fix: 'do not use this key service' }
  })
  return [first, second]
}
