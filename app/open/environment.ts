import { AppError } from '#core/errors.ts'

/** A secret from the environment; null if it is not set. */
export function mayBeInEnvironment(name: string): string | null {
  return process.env[name] || null
}

/** A secret from the environment variable `name`, so that no file has to hold it. Throws `invalid` if it is not set. */
export function fromEnvironment(name: string, what: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') {
    throw new AppError('invalid', `${name} is not set: it is to hold ${what}`, { reason: 'environment' })
  }
  return value
}
