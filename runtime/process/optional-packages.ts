import { readFileSync } from 'node:fs'
import { AppError } from '#core/errors.ts'

/**
 * Calls `load`, which imports packages that are installed only if needed. Throws `invalid` (`missing_package`) if one is
 * missing, with the command that installs all of them.
 */
export async function withPackages<T>(names: readonly string[], load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    const missing = missingPackage(error)
    if (missing === null || !names.includes(missing)) throw error
    throw new AppError('invalid', `the package ${missing} is not installed: run \`${installCommand(names)}\``, {
      reason: 'missing_package',
      cause: error,
    })
  }
}

/** `npm install` of the packages in the versions that this version was built with. */
export function installCommand(names: readonly string[]): string {
  const { peerDependencies: ranges } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { readonly peerDependencies: Readonly<Record<string, string>> }
  return ['npm install', ...names.map((name) => `${name}@${compatible(ranges[name] ?? '')}`)].join(' ')
}

/** `^3.1169.0` as `3`, `^0.301.0` as `0.301`: the same range, without characters that a shell interprets. */
function compatible(range: string): string {
  return /^\^?((?:0\.)*[1-9]\d*)/.exec(range)?.[1] ?? 'latest'
}

/** The package that Node.js did not find, by its errors of `import` and `require.resolve`; null for any other failure. */
function missingPackage(error: unknown): string | null {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if ((code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') || typeof message !== 'string') return null
  return /Cannot find (?:package|module) '((?:@[^/']+\/)?[^/'.]+)/.exec(message)?.[1] ?? null
}
