import type { AppError } from '#core/errors.ts'
import type { CheckLine } from '#core/check.ts'

/** Finds the credentials that the SDK would use; null for an emulator, which needs none. */
export type FindCredentials = (() => Promise<{ readonly client_email?: string | undefined }>) | null

/** The line of a check that names the account by which Google is called. Throws only errors that `asError` throws. */
export async function identityLine(
  what: string,
  find: FindCredentials,
  asError: (error: unknown) => AppError,
): Promise<CheckLine> {
  if (find === null) return { what, state: 'unknown', says: 'an emulator is spoken to without credentials' }
  try {
    const { client_email: email } = await find()
    if (email !== undefined) return { what, state: 'ok', says: email }
    return { what, state: 'unknown', says: 'credentials that do not name their account' }
  } catch (error) {
    const fix =
      'attach a service account, run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS'
    return { what, state: 'failed', says: asError(error).message, fix }
  }
}
