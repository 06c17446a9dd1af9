import { randomUUID } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3'
import { isAppError, type AppError } from '#core/errors.ts'
import type { CheckLine } from '#core/check.ts'
import {
  lookAtBucket,
  lookAtEncryption,
  lookAtLock,
  lookAtPolicy,
  lookAtPublicAccessBlock,
  lookAtUploads,
  lookAtVersioning,
  type Look,
} from './bucket.ts'
import type { S3Bucket } from './client.ts'
import { readObject } from './read.ts'
import { writeObject } from './write.ts'

/**
 * Checks everything that the store needs of the bucket, one line each: settings, and permissions, which are tried with harmless
 * calls.
 */
export async function checkBucket(bucket: S3Bucket): Promise<CheckLine[]> {
  const reachable = await lineOf(`bucket ${bucket.options.bucket}`, bucket, lookAtBucket)
  const identity = await lineOf('identity', bucket, lookAtIdentity)
  if (reachable.state === 'failed') return [reachable, identity]
  const settings: readonly (readonly [string, Look])[] = [
    ['public access block', lookAtPublicAccessBlock],
    ['bucket policy', lookAtPolicy],
    ['default encryption', lookAtEncryption],
    ['versioning', lookAtVersioning],
    ['object lock', lookAtLock],
    ['unfinished uploads', lookAtUploads],
  ]
  const lines = [reachable, identity, ...(await tryPermissions(bucket))]
  for (const [what, look] of settings) lines.push(await lineOf(what, bucket, look))
  return lines
}

const lookAtIdentity: Look = async ({ identity, calling }) => {
  const arn = await calling('sts:GetCallerIdentity', null, identity)
  if (arn === null) return { what: 'identity', state: 'unknown', says: 'STS names nobody' }
  return { what: 'identity', state: 'ok', says: arn }
}

/** Tries each permission. An empty object is written under `staging/_check/` and deleted again. */
async function tryPermissions(bucket: S3Bucket): Promise<CheckLine[]> {
  const { client, target, keyOf, options } = bucket
  const path = `staging/_check/${randomUUID()}`
  const object = { ...target, Key: keyOf(path) }
  const content = Buffer.from('credence check')
  const lines: CheckLine[] = []
  const attempt = async (permission: string, call: () => Promise<unknown>, expected?: string): Promise<void> => {
    const what = `permission ${permission}`
    try {
      await bucket.calling(permission, path, call).catch((error: unknown) => {
        // the error for an object that does not exist proves the permission
        if (!isAppError(error) || error.reason !== expected) throw error
      })
      lines.push({ what, state: 'ok', says: 'granted' })
    } catch (error) {
      lines.push(lineOfError(what, error as AppError))
    }
  }

  const listed = { ...target, Prefix: keyOf('staging/_check').slice(0, -'_check'.length), MaxKeys: 1 }
  await attempt('s3:ListBucket', () => client.send(new ListObjectsV2Command(listed)))
  await attempt('s3:PutObject', () => writeObject(bucket, path, content, { IfNoneMatch: '*' }))
  await attempt('s3:GetObject', () => readObject(bucket, path), 'no_such_key')
  if (options.objectLock !== undefined) {
    // for an object that does not exist, so that nothing is retained
    const retention = {
      Mode: options.objectLock.mode,
      RetainUntilDate: new Date(options.now().getTime() + 24 * 60 * 60 * 1000),
    }
    const absent = { ...target, Key: keyOf(`${path}.absent`), Retention: retention }
    await attempt('s3:PutObjectRetention', () => client.send(new PutObjectRetentionCommand(absent)), 'no_such_key')
  }
  const upload = { ...object, UploadId: 'credence-check' }
  await attempt('s3:AbortMultipartUpload', () => client.send(new AbortMultipartUploadCommand(upload)), 'no_such_upload')
  await attempt('s3:DeleteObject', () => client.send(new DeleteObjectCommand(object)))
  return lines
}

async function lineOf(what: string, bucket: S3Bucket, look: Look): Promise<CheckLine> {
  try {
    return await look(bucket)
  } catch (error) {
    const line = lineOfError(what, error as AppError)
    // being unable to read a setting is not a fault of the bucket
    const setting = !what.startsWith('bucket ') || what === 'bucket policy'
    return setting ? { ...line, state: 'unknown' } : line
  }
}

function lineOfError(what: string, error: AppError): CheckLine {
  const [says, fix] = splitRemedy(error.message)
  return { what, state: 'failed', says, fix }
}

/** Splits a message into what happened and what to do: `…: it lacks s3:PutObject: grant it …`. */
function splitRemedy(message: string): [string, string?] {
  const at = message.indexOf(': grant ')
  return at < 0 ? [message] : [message.slice(0, at), message.slice(at + 2)]
}
