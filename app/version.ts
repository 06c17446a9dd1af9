import { readFileSync } from 'node:fs'

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
  readonly build?: string
}

/** The version in package.json. */
export const VERSION = manifest.version
/** The commit that the package was built from; `source` in a checkout, which runs its sources directly. */
export const BUILD = manifest.build ?? 'source'
