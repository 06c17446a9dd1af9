import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketPolicyStatusCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client,
} from '@aws-sdk/client-s3'

/** What one or several calls on an empty bucket must come to, as AWS documents S3. */
export interface DocumentedCase {
  readonly name: string
  readonly versioning?: boolean
  readonly expected: unknown
  /** What moto does instead: it is not held against this case. */
  readonly moto?: string
  readonly run: (client: S3Client, bucket: string) => Promise<unknown>
}

const MIB = 1024 * 1024
const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('base64')

/** `<status> <code>` of what was thrown, else what `pick` takes from the answer. */
async function outcome<T>(call: Promise<T>, pick: (answer: T) => unknown = () => 'done'): Promise<unknown> {
  try {
    return pick(await call)
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } }
    return `${$metadata?.httpStatusCode ?? 'no answer'} ${name}`
  }
}

const put = (
  client: S3Client,
  Bucket: string,
  Key: string,
  Body: string | Buffer | Readable = 'abcdefghij',
  more: object = {},
) => client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))

const get = (client: S3Client, Bucket: string, Key: string, more: object = {}) =>
  client.send(new GetObjectCommand({ Bucket, Key, ...more }))

async function begin(client: S3Client, Bucket: string, Key: string, more: object = {}) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))
  const upload = { Bucket, Key, UploadId }
  return {
    upload,
    part: async (PartNumber: number, Body: Buffer, sums: object = {}): Promise<CompletedPart> => {
      const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber, Body, ...sums }))
      return { PartNumber, ETag, ...sums }
    },
    complete: (Parts: CompletedPart[], more: object = {}) =>
      client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...more })),
    abort: () => client.send(new AbortMultipartUploadCommand(upload)),
  }
}

export const DOCUMENTED: readonly DocumentedCase[] = [
  {
    name: 'If-None-Match: * creates once',
    expected: ['done', '412 PreconditionFailed'],
    run: async (client, bucket) => [
      await outcome(put(client, bucket, 'a', 'x', { IfNoneMatch: '*' })),
      await outcome(put(client, bucket, 'a', 'x', { IfNoneMatch: '*' })),
    ],
  },
  {
    name: 'If-Match replaces one version, and nothing that is absent',
    expected: ['404 NoSuchKey', 'done', '412 PreconditionFailed'],
    run: async (client, bucket) => {
      const absent = await outcome(put(client, bucket, 'a', 'x', { IfMatch: '"0"' }))
      const { ETag: IfMatch } = await put(client, bucket, 'a', '1')
      return [
        absent,
        await outcome(put(client, bucket, 'a', '2', { IfMatch })),
        await outcome(put(client, bucket, 'a', '3', { IfMatch })),
      ]
    },
  },
  {
    name: 'what is absent',
    expected: ['404 NoSuchKey', '404 NotFound', '404 NoSuchBucket', 'done'],
    run: async (client, bucket) => [
      await outcome(get(client, bucket, 'a')),
      await outcome(client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'a' }))),
      await outcome(get(client, `${bucket}-absent`, 'a')),
      await outcome(client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a' }))),
    ],
  },
  {
    name: 'ranges',
    expected: [
      'cde 206 bytes 2-4/10',
      'ij 206 bytes 8-9/10',
      'hij 206 bytes 7-9/10',
      'ij 206 bytes 8-9/10',
      '416 InvalidRange',
    ],
    run: async (client, bucket) => {
      await put(client, bucket, 'a')
      const results: unknown[] = []
      for (const Range of ['bytes=2-4', 'bytes=8-', 'bytes=-3', 'bytes=8-100', 'bytes=10-12']) {
        const [text, head] = [[] as string[], [] as unknown[]]
        const found = await outcome(get(client, bucket, 'a', { Range }), (answer) => {
          head.push(answer.$metadata.httpStatusCode, answer.ContentRange)
          return answer.Body?.transformToString().then((body) => text.push(body))
        })
        results.push(head.length === 0 ? await found : (await found, [...text, ...head].join(' ')))
      }
      return results
    },
  },
  {
    name: 'conditions on reads',
    expected: ['412 PreconditionFailed', 'done', '304'],
    run: async (client, bucket) => {
      const { ETag } = await put(client, bucket, 'a')
      const same = await outcome(get(client, bucket, 'a', { IfNoneMatch: ETag }))
      return [
        await outcome(get(client, bucket, 'a', { IfMatch: '"0"' })),
        await outcome(get(client, bucket, 'a', { IfMatch: ETag })),
        String(same).split(' ')[0],
      ]
    },
  },
  {
    name: 'a checksum is verified, kept, and told to who asks',
    expected: ['400 BadDigest', sha256('abc'), sha256('abc'), undefined],
    moto: 'does not verify checksums',
    run: async (client, bucket) => {
      const wrong = await outcome(put(client, bucket, 'a', 'abc', { ChecksumSHA256: sha256('abd') }))
      const written = await put(client, bucket, 'a', 'abc', { ChecksumSHA256: sha256('abc') })
      const head = (more: object) => client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'a', ...more }))
      const asked = await head({ ChecksumMode: 'ENABLED' })
      return [wrong, written.ChecksumSHA256, asked.ChecksumSHA256, (await head({})).ChecksumSHA256]
    },
  },
  {
    name: 'a body in chunks with a trailing checksum is put together',
    expected: ['abcdefghijklmnopqrst', 'Gllq5Q=='],
    run: async (client, bucket) => {
      const Body = Readable.from([Buffer.from('abcdefghij'), Buffer.from('klmnopqrst')])
      await put(client, bucket, 'a', Body, { ContentLength: 20, ChecksumAlgorithm: 'CRC32' })
      const found = await get(client, bucket, 'a', { ChecksumMode: 'ENABLED' })
      return [await found.Body?.transformToString(), found.ChecksumCRC32]
    },
  },
  {
    name: 'listings: order, pages, folders',
    expected: [
      ['A', 'a', 'a-b', 'a/b', 'a/c/d', 'b'],
      ['A', 'a'],
      ['a-b', 'a/b'],
      ['a/c/d', 'b'],
      ['A', 'a', 'a-b', 'b'],
      ['a/'],
    ],
    run: async (client, Bucket) => {
      for (const key of ['b', 'a/c/d', 'a', 'a-b', 'A', 'a/b']) await put(client, Bucket, key)
      const list = (more: object) => client.send(new ListObjectsV2Command({ Bucket, ...more }))
      const keys = ({ Contents = [] }: { Contents?: { Key?: string | undefined }[] | undefined }) =>
        Contents.map(({ Key }) => Key)
      const first = await list({ MaxKeys: 2 })
      const second = await list({ MaxKeys: 2, ContinuationToken: first.NextContinuationToken })
      const third = await list({ MaxKeys: 2, ContinuationToken: second.NextContinuationToken })
      const folders = await list({ Delimiter: '/' })
      const prefixes = folders.CommonPrefixes?.map(({ Prefix }) => Prefix)
      return [keys(await list({})), keys(first), keys(second), keys(third), keys(folders), prefixes]
    },
  },
  {
    name: 'an upload in parts is seen when it is complete, under its conditions',
    expected: ['404 NoSuchKey', true, true, '412 PreconditionFailed', 'done', '404 NoSuchUpload'],
    run: async (client, bucket) => {
      const [large, small] = [Buffer.alloc(5 * MIB, 1), Buffer.from('end')]
      const one = await begin(client, bucket, 'a')
      const parts = [await one.part(1, large), await one.part(2, small)]
      const before = await outcome(get(client, bucket, 'a'))
      const { ETag } = await one.complete(parts, { IfNoneMatch: '*' })
      const found = Buffer.from((await (await get(client, bucket, 'a')).Body?.transformToByteArray()) ?? [])
      const two = await begin(client, bucket, 'a')
      const again = [await two.part(1, small)]
      return [
        before,
        ETag?.endsWith('-2"'),
        found.equals(Buffer.concat([large, small])),
        await outcome(two.complete(again, { IfNoneMatch: '*' })),
        await outcome(two.abort()),
        await outcome(two.abort()),
      ]
    },
  },
  {
    name: 'parts that are too small or absent',
    expected: ['400 EntityTooSmall', '400 InvalidPart', 'done'],
    run: async (client, bucket) => {
      const { part, complete } = await begin(client, bucket, 'a')
      const [one, two] = [await part(1, Buffer.alloc(5 * MIB)), await part(2, Buffer.from('b'))]
      const three = await part(3, Buffer.from('c'))
      return [
        await outcome(complete([one, two, three])),
        await outcome(complete([one, { ...two, PartNumber: 9 }])),
        await outcome(complete([one, two])),
      ]
    },
  },
  {
    name: 'parts that are out of order or not what was uploaded',
    expected: ['400 InvalidPartOrder', '400 InvalidPart', 'done'],
    moto: 'takes them',
    run: async (client, bucket) => {
      const { part, complete } = await begin(client, bucket, 'a')
      const [one, two] = [await part(1, Buffer.alloc(5 * MIB)), await part(2, Buffer.alloc(5 * MIB))]
      return [
        await outcome(complete([two, one])),
        await outcome(complete([one, { ...two, ETag: `"${'0'.repeat(32)}"` }])),
        await outcome(complete([one, two])),
      ]
    },
  },
  {
    name: 'the checksum of an upload in parts is one of all the bytes, or of the checksums of the parts',
    expected: ['CRC32 FULL_OBJECT URhR+Q==', `SHA256 COMPOSITE ${sha256(createHash('sha256').update('b').digest())}-1`],
    moto: 'always answers the checksum of the parts',
    run: async (client, bucket) => {
      const crc = await begin(client, bucket, 'a', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' })
      const parts = [await crc.part(1, Buffer.alloc(5 * MIB)), await crc.part(2, Buffer.from('b'))]
      const full = await crc.complete(parts)
      const sha = await begin(client, bucket, 'b', { ChecksumAlgorithm: 'SHA256' })
      const composite = await sha.complete([await sha.part(1, Buffer.from('b'), { ChecksumSHA256: sha256('b') })])
      return [
        `CRC32 ${full.ChecksumType} ${full.ChecksumCRC32}`,
        `SHA256 ${composite.ChecksumType} ${composite.ChecksumSHA256}`,
      ]
    },
  },
  {
    name: 'a versioned bucket keeps what was replaced and what was deleted',
    versioning: true,
    expected: ['404 NoSuchKey', true, '1', 'done', '2'],
    run: async (client, bucket) => {
      const first = await put(client, bucket, 'a', '1')
      await put(client, bucket, 'a', '2')
      const marker = await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a' }))
      const text = async (more: object = {}) => (await get(client, bucket, 'a', more)).Body?.transformToString()
      return [
        await outcome(get(client, bucket, 'a')),
        marker.DeleteMarker,
        await text({ VersionId: first.VersionId }),
        await outcome(client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a', VersionId: marker.VersionId }))),
        await text(),
      ]
    },
  },
  {
    name: 'If-None-Match: * creates again where a delete marker stands',
    versioning: true,
    expected: ['done', '412 PreconditionFailed'],
    run: async (client, bucket) => {
      await put(client, bucket, 'a', '1')
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a' }))
      return [
        await outcome(put(client, bucket, 'a', '2', { IfNoneMatch: '*' })),
        await outcome(put(client, bucket, 'a', '2', { IfNoneMatch: '*' })),
      ]
    },
  },
  {
    name: 'encryption is answered as it was asked for',
    expected: ['aws:kms arn:aws:kms:us-east-1:000000000000:key/k', 'AES256 undefined'],
    run: async (client, bucket) => {
      const key = 'arn:aws:kms:us-east-1:000000000000:key/k'
      const kms = await put(client, bucket, 'a', 'x', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: key })
      const own = await put(client, bucket, 'b', 'x', { ServerSideEncryption: 'AES256' })
      return [kms, own].map((answer) => `${answer.ServerSideEncryption} ${answer.SSEKMSKeyId}`)
    },
  },
  {
    name: 'settings that are not there, each in its own words',
    expected: ['404 NoSuchBucketPolicy', '404 ObjectLockConfigurationNotFoundError', '400 InvalidRequest'],
    run: async (client, Bucket) => {
      const lock = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: new Date(Date.now() + 86_400_000) }
      return [
        await outcome(client.send(new GetBucketPolicyStatusCommand({ Bucket }))),
        await outcome(client.send(new GetObjectLockConfigurationCommand({ Bucket }))),
        await outcome(put(client, Bucket, 'a', 'x', lock)),
      ]
    },
  },
  {
    name: 'a bucket that is made is closed to the public',
    expected: [true, true, true, true],
    moto: 'makes buckets as they were before April 2023',
    run: async (client, Bucket) => {
      const { PublicAccessBlockConfiguration: block } = await client.send(new GetPublicAccessBlockCommand({ Bucket }))
      return [block?.BlockPublicAcls, block?.IgnorePublicAcls, block?.BlockPublicPolicy, block?.RestrictPublicBuckets]
    },
  },
  {
    name: 'a key has 1,024 bytes at most',
    moto: 'takes longer ones',
    expected: ['done', '400 KeyTooLongError'],
    run: async (client, bucket) => [
      await outcome(put(client, bucket, 'k'.repeat(1024))),
      await outcome(put(client, bucket, 'k'.repeat(1025))),
    ],
  },
]
