import { DataLakeFileSystemClient, newPipeline, type Path } from '@azure/storage-file-datalake'
import { AppError, isAppError } from '#core/errors.ts'
import { checkPrefix, isPath } from '../path.ts'
import {
  connectContainer,
  withService,
  type AzureContainer,
  type AzureStore,
  type AzureStoreOptions,
} from './account.ts'
import { checkContainer } from './check.ts'
import { inspectContainer } from './container.ts'
import { azureObjects } from './objects.ts'

const PAGE = 5000

/**
 * A store in a file system of Azure Data Lake Storage Gen2: an account with a hierarchical namespace. Throws as `openBlobStore`
 * does, and `invalid` for `immutabilityDays`: such accounts have no version-level immutability.
 *
 * Objects are written and read through the account's Blob endpoint, and listed through its dfs endpoint. The dfs protocol has no
 * atomic write: a file is created, appended to and flushed, and everybody sees it empty before. A temporary file and a rename
 * would take three requests, leave files behind if a writer dies, and emit a rename event where consumers wait for a created
 * blob. Put Blob and Put Block List on a hierarchical account make the directories that they need, appear at once under
 * If-None-Match or If-Match, verify an MD5 and accept an encryption scope. The SDK reads through the Blob endpoint in any case,
 * so an account must allow both endpoints.
 */
export async function openAdlsStore(options: AzureStoreOptions): Promise<AzureStore> {
  if (options.immutabilityDays !== undefined) {
    const message =
      'an account with a hierarchical namespace has no version-level immutability: leave immutabilityDays out, or take a Blob store in a flat account'
    throw new AppError('invalid', message, { reason: 'no_version_immutability' })
  }
  const at = connectContainer(options)
  const files = new DataLakeFileSystemClient(
    `${withService(at.blobUrl, 'dfs')}/${at.container}`,
    newPipeline(at.identity.credential, at.pipelineOptions),
  )
  await inspectContainer(at)
  return {
    name: 'adls',
    ...azureObjects(at),
    list(prefix) {
      return listInOrder(at, files, prefix)
    },
    check: () => checkContainer(at, 'hierarchical', async () => childrenOf(at, files, '').next()),
  }
}

async function* listInOrder(
  at: AzureContainer,
  files: DataLakeFileSystemClient,
  prefix: string,
): AsyncGenerator<string> {
  checkPrefix(prefix)
  const whole = `${at.prefix}${prefix}`
  for await (const name of walk(at, files, whole.slice(0, whole.lastIndexOf('/') + 1), whole)) {
    const path = name.slice(at.prefix.length)
    if (isPath(path)) yield path // others may have put an object there whose name is not a path
  }
}

/**
 * Yields the files below `folder` (empty, or ending in `/`) whose names start with `prefix`, in code-unit order of whole names.
 * Holds one page for each level. The service lists a directory by name, where `a` comes before `a-b`; but `a/…` comes after
 * `a-b`, since `-` is less than `/`. So a directory waits until no entry can come before it.
 */
async function* walk(
  at: AzureContainer,
  files: DataLakeFileSystemClient,
  folder: string,
  prefix: string,
): AsyncGenerator<string> {
  const waiting: string[] = [] // each is a prefix of the next, so the last one is due first
  const due = (next: string | null): string | null => {
    const last = waiting.at(-1)
    return last !== undefined && (next === null || last < next) ? (waiting.pop() ?? null) : null
  }
  for await (const { name, isDirectory } of childrenOf(at, files, folder)) {
    for (let below = due(name); below !== null; below = due(name)) yield* walk(at, files, below, prefix)
    if (isDirectory) {
      const below = `${name}/`
      if (below.startsWith(prefix) || prefix.startsWith(below)) waiting.push(below)
    } else if (name.startsWith(prefix)) yield name
  }
  for (let below = due(null); below !== null; below = due(null)) yield* walk(at, files, below, prefix)
}

interface Entry {
  readonly name: string
  readonly isDirectory: boolean
}

/** The entries of one directory, by name; empty if there is no such directory. */
async function* childrenOf(at: AzureContainer, files: DataLakeFileSystemClient, folder: string): AsyncGenerator<Entry> {
  let token: string | undefined
  let previous = ''
  do {
    const page = await pageOf(at, files, folder, token)
    if (page === null) return
    for (const { name, isDirectory } of page.entries) {
      // the order of the whole listing depends on this one
      if (name <= previous) throw new AppError('internal', `${folder} in ${at.container} is not listed by name`)
      previous = name
      if (name.startsWith(folder)) yield { name, isDirectory }
    }
    token = page.token
  } while (token !== undefined)
}

async function pageOf(
  at: AzureContainer,
  files: DataLakeFileSystemClient,
  folder: string,
  token: string | undefined,
): Promise<{ entries: Entry[]; token: string | undefined } | null> {
  try {
    const { value } = await at.failing('listing', 'read', folder, async () => {
      const pages = files
        .listPaths({ recursive: false, path: folder.slice(0, -1), abortSignal: at.signal() })
        .byPage({ maxPageSize: PAGE, ...(token === undefined ? {} : { continuationToken: token }) })
      return pages.next()
    })
    const { pathItems = [], continuation } = value ?? {}
    return { entries: pathItems.map(entryOf), token: continuation === '' ? undefined : continuation }
  } catch (error) {
    if (isAppError(error, 'not_found')) return null
    throw error
  }
}

/** Parses an entry. The service writes numbers and booleans as text: `isDirectory` is `"true"` or absent. */
function entryOf({ name = '', isDirectory }: Path): Entry {
  return { name, isDirectory: String(isDirectory) === 'true' }
}
