import { isAppError } from '#core/errors.ts'
import { checkPath } from '../store-path.ts'
import type { AzureContainer } from './azure-account.ts'

/** The path that a blob's name stands for in the store; null for what others put there under a name that is no path. */
export function listablePath(at: AzureContainer, name: string): string | null {
  const path = name.slice(at.prefix.length)
  try {
    checkPath(path)
    return path
  } catch (error) {
    if (isAppError(error, 'invalid')) return null
    throw error
  }
}
