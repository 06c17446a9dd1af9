import { isAppError, type ErrorCode } from '#core/errors.ts'
import type { Keyring } from '../keyring.ts'

/** What one key service failed at. */
export interface Failure {
  readonly provider: Keyring['provider']
  readonly code: ErrorCode
  readonly message: string
}

/** Runs an action for one service; a failure is added to `failures` and does not stop the others. */
export async function trying(
  provider: Keyring['provider'],
  failures: Failure[],
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isAppError(error)) throw error
    failures.push({ provider, code: error.code, message: error.message })
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
