import type { BlobRequestConditions } from '@azure/storage-blob'
import { AppError, isAppError } from '#core/errors.ts'
import { checkPath } from '../path.ts'
import type { Store } from '../../store.ts'
import type { AzureContainer } from './account.ts'
import { FOLDER_MARK, readBlob } from './read.ts'
import { isAzureCode } from './storage-errors.ts'
import { writeBlob } from './write.ts'

/**
 * Stores objects as block blobs. An object appears by one conditional request, Put Blob or Put Block List, which the service
 * carries out atomically. A writer that died leaves only blocks, which no reader and no listing sees and which the service drops
 * after a week. A version is an ETag.
 */
export function azureObjects(at: AzureContainer): Omit<Store, 'name' | 'list'> {
  const exists = async (path: string): Promise<boolean> => {
    checkPath(path)
    try {
      const { metadata } = await at.failing('looking at', 'read', path, () =>
        at.client.getBlobClient(`${at.prefix}${path}`).getProperties({ abortSignal: at.signal() }),
      )
      return metadata?.[FOLDER_MARK] !== 'true'
    } catch (error) {
      if (isAppError(error, 'not_found')) return false
      throw error
    }
  }
  const write = async (doing: string, path: string, bytes: Uint8Array, conditions: BlobRequestConditions) => {
    try {
      return await at.failing(doing, 'write', path, () => writeBlob(at, path, bytes, conditions))
    } catch (error) {
      // our blocks are gone: another writer's were committed, or ours waited too long
      if (isAzureCode(error, 'InvalidBlockList')) {
        const code = (await exists(path)) ? 'conflict' : 'unavailable'
        throw new AppError(code, `${doing} ${path}: another writer came between`, { cause: error })
      }
      throw error
    }
  }

  return {
    async create(path, bytes) {
      checkPath(path)
      return write('creating', path, bytes, { ifNoneMatch: '*' })
    },
    async replace(path, bytes, expected) {
      checkPath(path)
      try {
        return await write('replacing', path, bytes, { ifMatch: expected })
      } catch (error) {
        if (isAppError(error, 'conflict') && !(await exists(path))) {
          throw new AppError('not_found', `replacing ${path}: it is gone`, { cause: error })
        }
        throw error
      }
    },
    async read(path) {
      checkPath(path)
      return at.failing('reading', 'read', path, () => readBlob(at, path))
    },
    exists,
    async delete(path) {
      checkPath(path)
      try {
        await at.failing('deleting', 'delete', path, () =>
          at.client.getBlobClient(`${at.prefix}${path}`).delete({ abortSignal: at.signal() }),
        )
      } catch (error) {
        // a directory is not an object, so there is nothing to delete
        if (!isAppError(error, 'not_found') && !isAzureCode(error, 'DirectoryIsNotEmpty', 'DirectoryNotEmpty'))
          throw error
      }
    },
  }
}
