import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** What the test looks at of a Compose file's service. */
export interface ComposeService {
  readonly image: string
  readonly build?: { readonly context: string; readonly target: string }
  readonly user?: string
  readonly command?: readonly string[]
  readonly working_dir?: string
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly restart?: string
  readonly logging?: { readonly driver: string; readonly options?: Readonly<Record<string, string>> }
  readonly networks?: readonly string[]
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly tmpfs?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly profiles?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean }
  readonly deploy?: {
    readonly replicas?: number
    readonly resources?: { readonly limits?: Readonly<Record<'cpus' | 'memory' | 'pids', string | number>> }
  }
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>
  readonly volumes: Readonly<Record<string, unknown>>
}

/** A Compose file with its merge keys resolved, and with the defaults of its variables. */
export function readCompose(path: string): ComposeFile {
  const text = readFileSync(path, 'utf8').replace(/\$\{\w+:-([^}]*)\}/g, '$1')
  return parse(text, { merge: true, maxAliasCount: 1000 }) as ComposeFile
}
