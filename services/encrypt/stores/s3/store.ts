import { DeleteObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { isAppError } from '#core/errors.ts'
import type { CheckLine } from '#core/check.ts'
import { checkPrefix, isPath } from '../path.ts'
import type { Store } from '../../store.ts'
import { refuseUnsafeBucket } from './bucket.ts'
import { checkBucket } from './check.ts'
import { openBucket, type S3StoreOptions } from './client.ts'
import { readObject } from './read.ts'
import { writeObject } from './write.ts'

export interface S3Store extends Store {
  /**
   * The lines about the bucket for `credence check`. Reports everything as a line and throws nothing. Writes and deletes one
   * object.
   */
  check(): Promise<CheckLine[]>
  /** Closes the connections. */
  close(): void
}

/**
 * A store over an S3 bucket. A version is an ETag. Throws `invalid` if the bucket does not exist, is public, is not protected
 * against becoming public, or cannot lock objects though configured to. A protection that this identity may not read is left to
 * `check`.
 */
export async function openS3Store(options: S3StoreOptions): Promise<S3Store> {
  const bucket = openBucket(options)
  const { client, target, keyOf, calling } = bucket
  const start = options.prefix === undefined ? '' : `${options.prefix}/`
  const close = () => client.destroy()
  try {
    await refuseUnsafeBucket(bucket)
  } catch (error) {
    close()
    throw error
  }

  return {
    name: 's3',
    create: async (path, bytes) => writeObject(bucket, path, bytes, { IfNoneMatch: '*' }),
    replace: async (path, bytes, expected) => writeObject(bucket, path, bytes, { IfMatch: expected }),
    read: async (path) => readObject(bucket, path),
    async exists(path) {
      const command = new HeadObjectCommand({ ...target, Key: keyOf(path) })
      try {
        await calling('s3:GetObject', path, () => client.send(command))
        return true
      } catch (error) {
        if (isAppError(error, 'not_found')) return false
        throw error
      }
    },
    async *list(prefix) {
      checkPrefix(prefix)
      let token: string | undefined
      do {
        const page = { ...target, Prefix: start + prefix, ContinuationToken: token }
        const answer = await calling('s3:ListBucket', prefix, () => client.send(new ListObjectsV2Command(page)))
        for (const { Key = '' } of answer.Contents ?? []) {
          const path = Key.slice(start.length)
          if (isPath(path)) yield path // S3's web console makes `folder/` objects
        }
        token = answer.NextContinuationToken
      } while (token !== undefined)
    },
    async delete(path) {
      const command = new DeleteObjectCommand({ ...target, Key: keyOf(path) })
      await calling('s3:DeleteObject', path, () => client.send(command))
    },
    check: () => checkBucket(bucket),
    close,
  }
}
