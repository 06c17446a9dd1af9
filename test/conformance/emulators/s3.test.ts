import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { afterAll, describe, expect, test } from 'vitest'
import { S3_EMULATOR_KEY, startS3 } from '#emulators/s3.ts'
import { DOCUMENTED } from '#emulators/s3/documented-cases.ts'

function clientOf(endpoint: string): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials: S3_EMULATOR_KEY,
    forcePathStyle: true,
    maxAttempts: 1,
  })
}

describe('the S3 emulator does as S3 is documented', async () => {
  const s3 = await startS3()
  const client = clientOf(s3.endpoint)
  afterAll(async () => {
    client.destroy()
    await s3.close()
  })

  for (const [index, { name, versioning, expected, run }] of DOCUMENTED.entries()) {
    test(name, async () => {
      const bucket = `documented-${index}`
      await client.send(new CreateBucketCommand({ Bucket: bucket }))
      if (versioning === true) s3.configure(bucket, { versioning: 'Enabled' })
      expect(await run(client, bucket)).toEqual(expected)
    })
  }
})

describe('the S3 emulator', () => {
  test('takes requests that are signed, as they were signed', async () => {
    const s3 = await startS3({ buckets: { signed: {} } })
    const client = clientOf(s3.endpoint)
    try {
      const anonymous = await fetch(`${s3.endpoint}/signed/a`, { method: 'PUT', body: 'x' })
      expect([anonymous.status, await anonymous.text()]).toEqual([403, expect.stringContaining('AccessDenied')])
      const changed = (change: (headers: Record<string, string>) => void) => {
        const command = new PutObjectCommand({
          Bucket: 'signed',
          Key: 'a b+c/ä=1',
          Body: 'x',
          Metadata: { m: 'two  words' },
        })
        command.middlewareStack.add(
          (next) => (args) => {
            change((args.request as { headers: Record<string, string> }).headers)
            return next(args)
          },
          { step: 'finalizeRequest', priority: 'low' },
        )
        return client.send(command)
      }
      await changed(() => undefined)
      const mismatch = { name: 'SignatureDoesNotMatch' }
      await expect(changed((headers) => (headers['x-amz-meta-m'] = 'other'))).rejects.toMatchObject(mismatch)
      await expect(changed((headers) => (headers['x-amz-meta-added'] = 'x'))).rejects.toMatchObject(mismatch)
      await expect(changed((headers) => (headers['x-amz-content-sha256'] = '0'))).rejects.toMatchObject(mismatch)
    } finally {
      client.destroy()
      await s3.close()
    }
  })

  test('keeps in its folder what it answered, through SIGKILL', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'credence-s3-'))
    const module = pathToFileURL(path.resolve(import.meta.dirname, '../../../emulators/s3.ts')).href
    const script = `import { startS3 } from ${JSON.stringify(module)}
      const s3 = await startS3({ folder: ${JSON.stringify(folder)}, buckets: { kept: { versioning: 'Enabled' } } })
      console.log(s3.endpoint)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [endpoint] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
    const client = clientOf(endpoint.trim())
    const answered: string[] = []
    const upload = await client.send(new CreateMultipartUploadCommand({ Bucket: 'kept', Key: 'parts' }))
    const part = { Bucket: 'kept', Key: 'parts', UploadId: upload.UploadId, PartNumber: 1 }
    const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: 'a part' }))
    const writers = [0, 1, 2, 3].map(async (writer) => {
      for (let i = 0; ; i++) {
        const Key = `${writer}/${i}`
        await client.send(new PutObjectCommand({ Bucket: 'kept', Key, Body: Key.repeat(100) }))
        answered.push(Key)
        if (answered.length === 200) child.kill('SIGKILL')
      }
    })
    await Promise.allSettled(writers)
    client.destroy()

    const s3 = await startS3({ folder })
    const again = clientOf(s3.endpoint)
    try {
      expect(answered.length).toBeGreaterThanOrEqual(200)
      for (const Key of answered) {
        const { Body } = await again.send(new GetObjectCommand({ Bucket: 'kept', Key }))
        expect(await Body?.transformToString()).toBe(Key.repeat(100))
      }
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
      await again.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload }))
      const { Body } = await again.send(new GetObjectCommand({ Bucket: 'kept', Key: 'parts' }))
      expect(await Body?.transformToString()).toBe('a part')
    } finally {
      again.destroy()
      await s3.close()
      await rm(folder, { recursive: true, force: true })
    }
  })
})
