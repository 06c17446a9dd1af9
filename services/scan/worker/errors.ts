import { AppError, isAppError, type ErrorCode } from '#core/errors.ts'

/**
 * A worker's answer. An error's code, which decides what happens next, is lost when an error crosses threads, so it is
 * sent as data.
 */
export type Told<T> =
  | { readonly value: T }
  | { readonly failure: { readonly code: ErrorCode; readonly message: string; readonly reason: string | undefined } }

/** In the worker: the result of `work`, or its AppError. Other errors are thrown. */
export async function tell<T>(work: () => Promise<T>): Promise<Told<T>> {
  try {
    return { value: await work() }
  } catch (error) {
    if (!isAppError(error)) throw error
    return { failure: { code: error.code, message: error.message, reason: error.reason } }
  }
}

/** On the other side: returns the value, or throws the error as it was. */
export function hear<T>(told: Told<T>): T {
  if ('value' in told) return told.value
  const { code, message, reason } = told.failure
  throw new AppError(code, message, reason === undefined ? {} : { reason })
}
