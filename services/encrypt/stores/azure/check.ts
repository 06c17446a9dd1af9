import { randomUUID } from 'node:crypto'
import { AnonymousCredential, ContainerClient, newPipeline, RestError, type HttpHeaders } from '@azure/storage-blob'
import { isAppError, type AppError } from '#core/errors.ts'
import type { CheckLine } from '#core/check.ts'
import { isAccountKey, type AzureContainer } from './account.ts'
import { containerFaults, containerProperties } from './container.ts'
import { AZURE_ACTIONS, azureError, codeOf, type AzureAction } from './storage-errors.ts'

export type Namespace = 'flat' | 'hierarchical'

/** The result of a call: its answer, or why there is none. */
type Tried<T> = { readonly answer: T; readonly error?: never } | { readonly answer?: never; readonly error: AppError }

/**
 * Reports what there is to know about a container before work starts, one line each. Writes only one object, under
 * `staging/_check/`, and removes it. `listOne` requests one entry in the way that the store lists.
 */
export async function checkContainer(
  at: AzureContainer,
  namespace: Namespace,
  listOne: () => Promise<unknown>,
): Promise<CheckLine[]> {
  const properties = await trying(at, 'readContainer', () => containerProperties(at))
  const lines: CheckLine[] = [reachability(at, properties), identityLine(at)]
  if (properties.error?.code === 'unavailable') return lines
  if (properties.answer !== undefined) lines.push(...accessLines(at, properties.answer))
  lines.push(await anonymousLine(at))
  const probe = await probeObject(at)
  lines.push(
    permission(at, 'readContainer', properties),
    permission(at, 'read', await trying(at, 'read', listOne), 'list '),
    permission(at, 'write', probe.written),
    permission(at, 'read', probe.read),
    permission(at, 'delete', probe.deleted),
    encryptionLine(at, probe),
    ...recoveryLines(at, probe),
  )
  if (probe.read.answer !== undefined) lines.push(namespaceLine(at, namespace, probe.read.answer))
  return lines
}

interface Probe {
  readonly written: Tried<{ readonly encrypted: boolean; readonly scope?: string; readonly version?: string }>
  readonly read: Tried<HttpHeaders | null>
  readonly deleted: Tried<HttpHeaders | null>
}

/** Writes, reads and removes an object. If writing is denied, tries the other calls on an object that does not exist. */
async function probeObject(at: AzureContainer): Promise<Probe> {
  const blob = at.client.getBlockBlobClient(`${at.prefix}staging/_check/${randomUUID()}`)
  const { encryptionScope } = at.options
  const written = await trying(at, 'write', async () => {
    const answer = await blob.upload('check', 5, {
      abortSignal: at.signal(),
      conditions: { ifNoneMatch: '*' },
      ...(encryptionScope === undefined ? {} : { encryptionScope }),
    })
    return {
      encrypted: answer.isServerEncrypted === true,
      ...(answer.encryptionScope === undefined ? {} : { scope: answer.encryptionScope }),
      ...(answer.versionId === undefined ? {} : { version: answer.versionId }),
    }
  })
  const headersOf = (action: AzureAction, call: () => Promise<{ _response: { headers: HttpHeaders } }>) =>
    trying(at, action, async () => {
      try {
        // oxlint-disable-next-line no-underscore-dangle -- the SDK's name for the answer that it made its own from
        return (await call())._response.headers
      } catch (error) {
        if (written.error !== undefined && error instanceof RestError && error.statusCode === 404) return null
        throw error
      }
    })
  const read = await headersOf('read', () => blob.getProperties({ abortSignal: at.signal() }))
  const deleted = await headersOf('delete', () => blob.delete({ abortSignal: at.signal() }))
  return { written, read, deleted }
}

function reachability(at: AzureContainer, { error }: Tried<unknown>): CheckLine {
  const what = `container ${at.container}`
  if (error === undefined || error.code === 'denied') return { what, state: 'ok', says: `${at.blobUrl} answers` }
  return {
    what,
    state: 'failed',
    says: error.message,
    fix: 'see the address, the name of the container and the network',
  }
}

function identityLine(at: AzureContainer): CheckLine {
  const says = at.identity.describe()
  if (says === null) return { what: 'identity', state: 'unknown', says: 'the credential does not say whose it is' }
  if (!isAccountKey(at.identity.credential)) return { what: 'identity', state: 'ok', says }
  const fix = 'use a managed identity with the role "Storage Blob Data Contributor", and disallow account keys'
  return {
    what: 'identity',
    state: at.options.emulator === true ? 'ok' : 'warn',
    says: `${says}: every permission`,
    fix,
  }
}

function accessLines(at: AzureContainer, found: Awaited<ReturnType<typeof containerProperties>>): CheckLine[] {
  const faults = containerFaults(at, found)
  const lines = faults.map(({ reason, says, fix }): CheckLine => {
    return { what: reason.replaceAll('_', ' '), state: 'failed', says, fix }
  })
  if (found.blobPublicAccess === undefined) {
    lines.push({ what: 'public access', state: 'ok', says: `container ${at.container} is private` })
  }
  const { immutabilityDays: days, immutabilityMode: mode = 'unlocked' } = at.options
  const immutable = found.isImmutableStorageWithVersioningEnabled === true
  if (days !== undefined && immutable) {
    lines.push({ what: 'immutability', state: 'ok', says: `committed objects are held for ${days} days (${mode})` })
  } else if (days === undefined) {
    const says = immutable ? 'available, and not asked for' : 'not asked for'
    lines.push({ what: 'immutability', state: 'ok', says: `version-level immutability is ${says}` })
  }
  return lines
}

/**
 * Checks anonymous access. An account that forbids it altogether says so to an anonymous caller; one that merely has none does
 * not.
 */
async function anonymousLine(at: AzureContainer): Promise<CheckLine> {
  const what = 'public access of the account'
  const stranger = new ContainerClient(
    `${at.blobUrl}/${at.container}`,
    newPipeline(new AnonymousCredential(), at.pipelineOptions),
  )
  const error: unknown = await stranger.getProperties({ abortSignal: at.signal() }).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  const fix = `az storage account update --name ${at.account} --allow-blob-public-access false`
  if (error === null) return { what, state: 'failed', says: 'a stranger may read the container', fix }
  const code = error instanceof RestError ? codeOf(error) : null
  if (code === 'PublicAccessNotPermitted') return { what, state: 'ok', says: 'forbidden for the whole account' }
  if (error instanceof RestError && (error.statusCode === 404 || error.statusCode === 401)) {
    return { what, state: 'warn', says: 'none on this container, but the account does not forbid it', fix }
  }
  return { what, state: 'unknown', says: `a stranger got no answer that tells (${code ?? 'none'})` }
}

function permission(at: AzureContainer, action: AzureAction, { error }: Tried<unknown>, how = ''): CheckLine {
  const what = `permission ${AZURE_ACTIONS[action]}`
  if (error === undefined) return { what, state: 'ok', says: `${how}granted` }
  if (error.code !== 'denied') return { what, state: 'unknown', says: error.message }
  const scope = `.../storageAccounts/${at.account}/blobServices/default/containers/${at.container}`
  const fix = `az role assignment create --role "Storage Blob Data Contributor" --assignee <object id> --scope ${scope}`
  return { what, state: 'failed', says: error.message, fix }
}

function encryptionLine(at: AzureContainer, { written }: Probe): CheckLine {
  const what = 'encryption at rest'
  const asked = at.options.encryptionScope
  if (written.answer === undefined) return { what, state: 'unknown', says: 'nothing could be written to see' }
  const { encrypted, scope } = written.answer
  if (!encrypted)
    return { what, state: 'failed', says: 'the service does not say that it encrypts', fix: 'see the endpoint' }
  if (asked === undefined || asked === scope) {
    return {
      what,
      state: 'ok',
      says: scope === undefined ? "under the account's key" : `under encryption scope ${scope}`,
    }
  }
  const says = `under ${scope === undefined ? "the account's key" : `scope ${scope}`}, not under scope ${asked}`
  return { what, state: 'failed', says, fix: `create and enable scope ${asked}, or correct encryptionScope` }
}

/** What the answers to a write and a delete show about the account's data protection. */
function recoveryLines(at: AzureContainer, { written, deleted }: Probe): CheckLine[] {
  if (written.answer === undefined || deleted.answer === undefined || deleted.answer === null) return []
  const versions = written.answer.version !== undefined
  const permanent = deleted.answer.get('x-ms-delete-type-permanent')
  const kept = 'what is discarded from staging stays, encrypted, until the service lets go of it'
  const softDelete: CheckLine =
    permanent === undefined
      ? { what: 'soft delete', state: 'unknown', says: 'the service does not say' }
      : permanent === 'true'
        ? {
            what: 'soft delete',
            state: 'warn',
            says: 'off: what is deleted by mistake is gone',
            fix: `az storage account blob-service-properties update --account-name ${at.account} --enable-delete-retention true --delete-retention-days 7`,
          }
        : { what: 'soft delete', state: 'ok', says: `on: ${kept}` }
  return [{ what: 'versioning', state: 'ok', says: versions ? `on: ${kept}` : 'off' }, softDelete]
}

function namespaceLine(at: AzureContainer, expected: Namespace, headers: HttpHeaders | null): CheckLine {
  const what = 'namespace'
  if (headers === null) return { what, state: 'unknown', says: 'nothing could be written to see' }
  const found: Namespace = headers.get('x-ms-resource-type') === undefined ? 'flat' : 'hierarchical'
  if (found === expected) return { what, state: 'ok', says: found }
  const other = found === 'flat' ? 'blob' : 'adls'
  return {
    what,
    state: 'failed',
    says: `account ${at.account} is ${found}`,
    fix: `configure it as a store of kind ${other}`,
  }
}

async function trying<T>(at: AzureContainer, action: AzureAction, call: () => Promise<T>): Promise<Tried<T>> {
  try {
    return { answer: await call() }
  } catch (error) {
    const { account, container, identity } = at
    const context = { doing: 'checking', action, path: null, account, container, identity: identity.describe() }
    return { error: isAppError(error) ? error : azureError(error, context) }
  }
}
