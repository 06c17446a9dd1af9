import { AppError, isAppError, type ErrorCode } from '#core/errors.ts'

/** A worker's answer. An error's code does not survive the way between threads by itself, and it decides what happens next. */
export type Told<T> =
  | { readonly value: T }
  | { readonly failure: { readonly code: ErrorCode; readonly message: string; readonly reason: string | undefined } }

/** In the worker: what `work` came to. Errors that are not ours still throw. */
export async function tell<T>(work: () => Promise<T>): Promise<Told<T>> {
  try {
    return { value: await work() }
  } catch (error) {
    if (!isAppError(error)) throw error
    return { failure: { code: error.code, message: error.message, reason: error.reason } }
  }
}

/** On the other side: the value, or the error as it was. */
export function hear<T>(told: Told<T>): T {
  if ('value' in told) return told.value
  const { code, message, reason } = told.failure
  throw new AppError(code, message, reason === undefined ? {} : { reason })
}
