import {
  CreateStreamCommand,
  KinesisClient,
  PutRecordCommand,
  PutRecordsCommand,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis'
import { CreateAliasCommand, CreateKeyCommand, EnableKeyRotationCommand, KMSClient } from '@aws-sdk/client-kms'
import { CreateBucketCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3'
import { NodeHttp2Handler, NodeHttpHandler } from '@smithy/node-http-handler'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EMULATED_REGION } from '#emulators/kinesis.ts'
import { S3_EMULATOR_KEY } from '#emulators/s3.ts'
import { aggregate } from '#test/support/fakes/kpl-aggregate.ts'
import type { Cloud } from './cloud.ts'
import { DATASETS, type DayMessage } from './day.ts'

const BUCKET = 'credence-example'
const ALIAS = 'alias/credence-example'
const streamOf = (dataset: string) => `credence-${dataset}`

export const aws: Cloud = {
  title: 'Kinesis → scan → S3, under a key of AWS KMS',
  stands: 'kinesis-local, and emulators of S3 and KMS',
  idleSeconds: 30, // kinesis-local takes its time to answer with megabytes
  async start({ folder, children, ports }) {
    const [kinesisPort = 0, s3Port = 0, kmsPort = 0] = ports
    const at = (port: number) => `http://127.0.0.1:${port}`
    const startKinesis = (persistEveryMs: number | null) =>
      children.emulator('kinesis', { port: kinesisPort, persistEveryMs })
    const stream = join(folder, 'kinesis', 'kinesis-data.json')
    const isFilled = existsSync(join(folder, 'published.json'))
    await Promise.all([
      startKinesis(isFilled ? null : WRITES_EVERY_MS),
      children.emulator('s3', { port: s3Port }),
      children.emulator('aws-kms', { port: kmsPort }),
    ])
    const shared = { region: EMULATED_REGION, credentials: S3_EMULATOR_KEY }
    const atKinesis = { ...shared, endpoint: at(kinesisPort) }
    const kinesis = new KinesisClient({ ...atKinesis, requestHandler: new NodeHttpHandler({}) })
    // what is large goes over HTTP/2: kinesis-local now and then waits for ever for it over HTTP/1.1
    const large = new KinesisClient({ ...atKinesis, requestHandler: new NodeHttp2Handler({}) })
    const s3 = new S3Client({ ...shared, endpoint: at(s3Port), forcePathStyle: true })
    const kms = new KMSClient({ ...shared, endpoint: at(kmsPort), requestHandler: new NodeHttpHandler({}) })

    return {
      bucket: `s3://${BUCKET}`,
      environment: {
        AWS_ACCESS_KEY_ID: S3_EMULATOR_KEY.accessKeyId,
        AWS_SECRET_ACCESS_KEY: S3_EMULATOR_KEY.secretAccessKey,
        AWS_REGION: EMULATED_REGION,
        KINESIS_ENDPOINT: at(kinesisPort),
        S3_ENDPOINT: at(s3Port),
        KMS_ENDPOINT: at(kmsPort),
      },
      async create() {
        for (const dataset of DATASETS) {
          const StreamName = streamOf(dataset)
          await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
          await waitUntilStreamExists({ client: kinesis, minDelay: 1, maxWaitTime: 30 }, { StreamName })
        }
        await s3.send(new CreateBucketCommand({ Bucket: BUCKET, ObjectLockEnabledForBucket: true }))
        const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: 'Credence' }))
        await kms.send(new EnableKeyRotationCommand({ KeyId: KeyMetadata?.KeyId }))
        await kms.send(new CreateAliasCommand({ AliasName: ALIAS, TargetKeyId: KeyMetadata?.KeyId }))
        return [
          ['streams', `${DATASETS.map(streamOf).join(', ')}, of one shard each`],
          ['bucket', `s3://${BUCKET}`],
          ['key', ALIAS],
        ]
      },
      async publish(dataset, messages) {
        const ids: string[] = []
        for (const packed of packs(messages)) {
          const [first] = packed
          if (first === undefined) continue
          const StreamName = streamOf(dataset)
          const single = packed.length === 1
          const Data = single
            ? first.bytes
            : aggregate(packed.map(({ contributor, bytes }) => ({ partitionKey: contributor, data: bytes })))
          const record = { Data, PartitionKey: first.contributor }
          const { ShardId, SequenceNumber } =
            Data.length > 2 * PACK_BYTES
              ? await large.send(new PutRecordCommand({ StreamName, ...record }))
              : await kinesis
                  .send(new PutRecordsCommand({ StreamName, Records: [record] }))
                  .then(({ Records: [put] = [] }) => put ?? {})
          if (SequenceNumber === undefined) throw new Error('Kinesis did not take a record')
          packed.forEach((_, i) => ids.push(`${ShardId}#${SequenceNumber}${single ? '' : `:${i}`}`))
        }
        return ids
      },
      async settle() {
        // kinesis-local writes all it has, over and over: what is begun now has all of it, and then it need not any more
        for (let writes = 0, last = writtenAt(stream); writes < 2;) {
          await delay(100)
          const now = writtenAt(stream)
          if (now !== last) writes++
          last = now
        }
        await children.end('kinesis')
        await startKinesis(null)
      },
      async *objects() {
        for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: BUCKET }))
          for (const { Key = '', Size = 0 } of Contents) yield { path: Key, bytes: Size }
      },
      async [Symbol.asyncDispose]() {
        for (const client of [kinesis, large, s3, kms]) client.destroy()
      },
    }
  },
}

const WRITES_EVERY_MS = 2000

function writtenAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** As much as the Kinesis Producer Library puts into one record. */
const PACK_BYTES = 50 * 1024

/** Messages as the Kinesis Producer Library packs them: several into one record, which Credence takes apart again. */
function* packs(messages: readonly DayMessage[]): Generator<readonly DayMessage[]> {
  let pack: DayMessage[] = []
  let size = 0
  for (const message of messages) {
    if (pack.length > 0 && size + message.bytes.length > PACK_BYTES) {
      yield pack
      pack = []
      size = 0
    }
    pack.push(message)
    size += message.bytes.length
  }
  yield pack
}
