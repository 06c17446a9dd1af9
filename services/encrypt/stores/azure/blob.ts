import { AppError } from '#core/errors.ts'
import { checkPrefix, isPath } from '../path.ts'
import { connectContainer, type AzureContainer, type AzureStore, type AzureStoreOptions } from './account.ts'
import { checkContainer } from './check.ts'
import { inspectContainer } from './container.ts'
import { azureObjects } from './objects.ts'
import { FOLDER_MARK } from './read.ts'

const PAGE = 5000

/**
 * A store in a container of Azure Blob Storage, in an account with a flat namespace. Uses the official SDK over TLS and the
 * conditions of the service (If-None-Match, If-Match). Throws `denied`, `unavailable`, and `invalid` for unsafe options or a
 * container that does not fit them (public access, or no version-level immutability although days are configured).
 */
export async function openBlobStore(options: AzureStoreOptions): Promise<AzureStore> {
  const at = connectContainer(options)
  await inspectContainer(at)
  return {
    name: 'blob',
    ...azureObjects(at),
    list: (prefix) => listFlat(at, prefix),
    check: () => checkContainer(at, 'flat', async () => listFlat(at, '').next()),
  }
}

/** A flat namespace lists in byte order, which equals code-unit order for the allowed names. */
async function* listFlat(at: AzureContainer, prefix: string): AsyncGenerator<string> {
  checkPrefix(prefix)
  let token: string | undefined
  let previous = ''
  do {
    const page = await at.failing('listing', 'read', prefix, async () => {
      const pages = at.client
        .listBlobsFlat({ prefix: `${at.prefix}${prefix}`, includeMetadata: true, abortSignal: at.signal() })
        .byPage({ maxPageSize: PAGE, ...(token === undefined ? {} : { continuationToken: token }) })
      return (await pages.next()).value
    })
    for (const { name, metadata } of page?.segment.blobItems ?? []) {
      if (metadata?.[FOLDER_MARK] === 'true' || name <= previous) {
        const message = `account ${at.account} has directories: open it as an ADLS store, which lists them in order`
        throw new AppError('invalid', message, { reason: 'hierarchical_namespace' })
      }
      previous = name
      const path = name.slice(at.prefix.length)
      if (isPath(path)) yield path // others may have put an object there whose name is not a path
    }
    token = page?.continuationToken === '' ? undefined : page?.continuationToken
  } while (token !== undefined)
}
