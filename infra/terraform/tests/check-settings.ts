import { basename } from 'node:path'
import type { Json, JsonObject } from './hcl.ts'
import { entries, first, isObject, list, text, type TerraformModule } from './module.ts'

/** What every folder is held to: a newer major is another provider, which the modules have to be read against first. */
export const PROVIDERS: Readonly<Record<string, { readonly source: string; readonly version: string }>> = {
  aws: { source: 'hashicorp/aws', version: '~> 6.64' },
  azurerm: { source: 'hashicorp/azurerm', version: '~> 5.2' },
  google: { source: 'hashicorp/google', version: '~> 7.46' },
}

/** How each backend keeps the state: encrypted, locked while it is in use, opened by identity. */
const BACKENDS: Readonly<Record<string, JsonObject>> = {
  s3: { encrypt: true, use_lockfile: true },
  azurerm: { use_azuread_auth: true },
  gcs: {},
}
/** What may stand beside that; everything else is given to `init`, or weakens something. */
const BACKEND_NAMES = new Set(['key', 'prefix', 'container_name'])

/** What a provider has to say, and all that it may. */
const CONFIGURED: Readonly<Record<string, { readonly has: JsonObject; readonly may: readonly string[] }>> = {
  aws: {
    has: { allowed_account_ids: ['${var.account_id}'], 'default_tags.tags.application': 'credence' },
    may: ['region', 'default_tags', 'allowed_account_ids'],
  },
  azurerm: {
    has: {
      subscription_id: '${var.subscription_id}',
      storage_use_azuread: true,
      'features.key_vault.purge_soft_delete_on_destroy': false,
      'features.key_vault.recover_soft_deleted_key_vaults': true,
      'features.storage.data_plane_available': false,
      'features.resource_group.prevent_deletion_if_contains_resources': true,
    },
    may: ['subscription_id', 'storage_use_azuread', 'features'],
  },
  google: {
    has: { project: '${var.project_id}', billing_project: '${var.project_id}', user_project_override: true },
    may: ['project', 'region', 'billing_project', 'user_project_override', 'default_labels'],
  },
}

/** What `terraform` and `provider` blocks say otherwise than they are to. */
export function settingsProblems(
  { folder, terraform, providers, files }: TerraformModule,
  kind: 'module' | 'composition',
): string[] {
  const problems: string[] = []
  for (const [name, about] of entries(first(terraform['required_providers'] ?? []))) {
    const wanted = PROVIDERS[name]
    if (wanted === undefined) {
      problems.push(`provider ${name}: nothing here is written for it`)
      continue
    }
    for (const key of ['source', 'version'] as const) {
      const given = isObject(about) ? about[key] : undefined
      if (given !== wanted[key]) problems.push(`provider ${name}: ${key} is ${text(given)}, not ${text(wanted[key])}`)
    }
  }
  if (terraform['required_version'] !== '>= 1.11') problems.push('terraform.required_version is not >= 1.11')
  if (kind === 'composition') problems.push(...backendProblems(terraform['backend'] ?? null, basename(folder)))
  if (kind === 'module' && (terraform['backend'] !== undefined || providers.size > 0))
    problems.push('a module has neither a backend nor a provider of its own')
  for (const [name, body] of providers) problems.push(...providerProblems(name, body))
  const configured = [...files.values()].flatMap(({ provider = {} }) =>
    entries(provider).flatMap(([, bodies]) => list(bodies)),
  )
  if (configured.length > providers.size) problems.push('a provider is configured more than once')
  return problems
}

function backendProblems(backend: Json, environment: string): string[] {
  const [found] = entries(backend)
  if (found === undefined) return ['the state has no backend: it would lie in a file, unencrypted']
  const [name, bodies] = found
  const wanted = BACKENDS[name]
  if (wanted === undefined) return [`the backend ${name} is none of those that encrypt and lock`]
  const body = first(bodies)
  return [
    ...entries(wanted)
      .filter(([key, value]) => body[key] !== value)
      .map(([key, value]) => `backend ${name}: ${key} is ${text(body[key])}, not ${text(value)}`),
    ...Object.keys(body)
      .filter((key) => !(key in wanted) && !BACKEND_NAMES.has(key))
      .map((key) => `backend ${name}: ${key} is not to be said here`),
    ...wrongState(text(body['key'] ?? body['prefix']), environment).map(
      (said) => `backend ${name}: the state of ${environment} is said to be ${said}: one would take the other's`,
    ),
  ]
}

/** A state that names another environment than its own: `dev` and `prod` of one cloud may be in one bucket. */
function wrongState(said: string, environment: string): string[] {
  const [stage = ''] = environment.split('-')
  return said === '' || new RegExp(`(^|[^a-z])${stage}([^a-z]|$)`).test(said) ? [] : [said]
}

function providerProblems(name: string, body: JsonObject): string[] {
  const wanted = CONFIGURED[name]
  if (wanted === undefined) return []
  const at = (path: string) =>
    path.split('.').reduce<Json | undefined>((value, key) => {
      const one = Array.isArray(value) ? list(value)[0] : value
      return isObject(one) ? one[key] : undefined
    }, body)
  return [
    ...entries(wanted.has)
      .filter(([path, value]) => JSON.stringify(at(path)) !== JSON.stringify(value))
      .map(([path, value]) => `provider ${name}: ${path} is ${text(at(path))}, not ${text(value)}`),
    ...Object.keys(body)
      .filter((key) => !wanted.may.includes(key))
      .map((key) => `provider ${name}: ${key} is not to be said here`),
  ]
}
