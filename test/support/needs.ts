/**
 * What a suite stands on beside npm: each reason says what is missing and how to get it, null that it is there. A person is told
 * and the suite is skipped; with `CI=true` everything has to be there, so that the suite runs and fails.
 */
export function needs(...reasons: readonly (string | null)[]): { readonly skip: boolean; readonly why: string } {
  const missing = reasons.filter((reason) => reason !== null)
  const skip = missing.length > 0 && process.env['CI'] !== 'true'
  return { skip, why: skip ? ` (skipped: ${missing.join('; ')})` : '' }
}

/** The value of a variable that names a service, and how to get it where it names none. */
export function named(variable: string, how: string): { readonly value: string; readonly missing: string | null } {
  const value = process.env[variable] ?? ''
  return { value, missing: value === '' ? `${variable} names nothing: ${how}` : null }
}
