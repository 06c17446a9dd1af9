import { contractSchema } from '#core/contract.ts'
import { randomBytes } from 'node:crypto'
import { CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { isAppError } from '#core/errors.ts'
import { openS3Store } from '#services/encrypt/stores/s3/store.ts'
import { openSource } from '#app/open/source.ts'
import { until } from '#test/conformance/source/live-reading.ts'
import { startAwsKms } from '#emulators/aws-kms.ts'
import { startHttp2Gateway } from '#emulators/http2-gateway.ts'
import { EMULATED_ACCOUNT, EMULATED_REGION, startKinesis } from '#emulators/kinesis.ts'
import { S3_EMULATOR_KEY, startS3 } from '#emulators/s3.ts'
import { kinesisSender } from '#test/support/topology/producers.ts'
import type { Principal } from '../../../infra/permissions/entry.ts'
import { STATEMENT } from '../../../infra/permissions/statement.ts'
import { describeKinesis, describeKms, describeS3, startFront } from './aws-front.ts'
import type { Names, SeenCall } from './match.ts'
import { BODIES, DATASET, servedBy } from './pipeline.ts'
import type { CloudUnderTest } from './cloud.ts'

const STREAMS = `arn:aws:kinesis:${EMULATED_REGION}:${EMULATED_ACCOUNT}:stream`
const PREFIX = 'team/credence'
const BUCKET = 'training'
const STORE_KEY = `arn:aws:kms:${EMULATED_REGION}:${EMULATED_ACCOUNT}:key/of-the-bucket`
const CREDENTIALS = { accessKeyId: S3_EMULATOR_KEY.accessKeyId, secretAccessKey: S3_EMULATOR_KEY.secretAccessKey }
const PART = 5 * 1024 * 1024

/** S3 with a prefix, SSE-KMS and object lock; AWS KMS; Kinesis, polled and pushed. */
export async function onAws(stack: AsyncDisposableStack): Promise<CloudUnderTest> {
  const s3 = await startS3({ buckets: { [BUCKET]: { objectLock: true, versioning: 'Enabled' } } })
  stack.defer(() => s3.close())
  const kms = await startAwsKms()
  stack.defer(() => kms.close())
  const kinesis = await startKinesis()
  stack.defer(() => kinesis.close())
  const keyArn = await createKey(kms.endpoint)
  await createStream(kinesis.endpoint)
  await kinesisSender(kinesis.endpoint, 'rows', EMULATED_REGION)(BODIES)

  const front = async (upstream: string, describe: Parameters<typeof startFront>[1]) => {
    const started = await startFront(upstream, describe)
    stack.defer(() => started.close())
    return started
  }
  const s3Front = await front(s3.endpoint, describeS3)
  const kmsFront = await front(kms.endpoint, describeKms)
  const kinesisFront = await front(kinesis.endpoint, describeKinesis(STREAMS, 'rows'))
  const pushed = await startHttp2Gateway(kinesisFront.port)
  stack.defer(() => pushed.close())

  const books: (() => readonly SeenCall[])[] = [
    () => s3Front.calls,
    () => kmsFront.calls,
    () => kinesisFront.calls,
    // S3 uses the bucket's key in the name of who calls it
    () => s3.calls.filter(({ action }) => action.startsWith('kms:')).map(byS3),
  ]
  return {
    env: {
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_REGION: EMULATED_REGION,
    },
    config: `store:
  s3:
    bucket: ${BUCKET}
    prefix: ${PREFIX}
    region: ${EMULATED_REGION}
    endpoint: ${s3Front.endpoint}
    kmsKey: ${STORE_KEY}
    objectLock: { mode: GOVERNANCE, days: 30 }
keys: { awskms: { key: "${keyArn}", endpoint: "${kmsFront.endpoint}" } }`,
    source: `{ kinesis: { stream: "${STREAMS}/rows", endpoint: "${kinesisFront.endpoint}" } }`,
    books,
    tear: () => s3.inject({ action: 's3:PutObject', kind: 'torn_after', times: 1 }),
    names: {
      bucket: BUCKET,
      prefix: `${PREFIX}/`,
      dataset: DATASET,
      region: EMULATED_REGION,
      account: EMULATED_ACCOUNT,
      stream: 'rows',
      consumer: 'credence',
      kmsKeyArn: keyArn,
      storeKeyArn: STORE_KEY,
      streamKeyArn: 'none',
    },
    async also(principal, names) {
      await writeLarge(principal, s3Front.endpoint, names)
      if (principal === 'ingest') await readPushed(pushed.port)
      if (principal === 'operator') await checkPushed(pushed.port)
    },
  }
}

function byS3(call: SeenCall): SeenCall {
  return { ...call, context: { 'kms:ViaService': `s3.${EMULATED_REGION}.amazonaws.com` } }
}

/** What goes up in parts, wherever the statement says that a principal may do so; a second time it is there already. */
async function writeLarge(principal: Principal, endpoint: string, { prefix }: Names): Promise<void> {
  const [dataset] = servedBy(principal)
  const parts = STATEMENT.filter(
    (entry) => entry.principal === principal && entry.condition?.Bool?.['s3:ObjectCreationOperation'] !== undefined,
  )
  if (parts.length === 0) return
  const where = { bucket: BUCKET, prefix: prefix?.replace(/\/$/, '') ?? '', region: EMULATED_REGION, endpoint }
  const store = await openS3Store({ ...where, credentials: CREDENTIALS, emulator: true, partBytes: PART })
  const bytes = randomBytes(PART + 1)
  for (const { resource } of parts) {
    const zone = /\{prefix\}(\w+)\//.exec(resource)?.[1] ?? ''
    const path = `${zone}/${dataset}/large-${principal}`
    await store.create(path, bytes)
    await store.create(path, bytes).catch((error: unknown) => {
      if (!isAppError(error, 'conflict')) throw error
    })
  }
  store.close()
}

function openPushed(port: number) {
  const kinesis = {
    stream: 'rows',
    endpoint: `http://127.0.0.1:${port}`,
    mode: 'fan-out',
    consumer: 'credence',
  } as const
  const source = { kinesis: { ...kinesis, region: EMULATED_REGION, start: 'TRIM_HORIZON', format: 'json' } } as const
  const window = { records: 60, bytes: 1024 * 1024, seconds: 60 }
  const contract = contractSchema.parse({
    version: 1,
    schema: {},
    features: { kind: 'text', field: 'text' },
    limits: { recordBytes: 1024 * 1024 },
  })
  return openSource('pushed', { source, window }, contract, {
    emulator: true,
    path: '/credence.yaml',
    data: '/.credence',
    datasets: {},
  })
}

async function readPushed(port: number): Promise<void> {
  const source = await openPushed(port)
  const stop = new AbortController()
  const [shard] = await source.shards()
  for await (const _ of source.read(shard?.id ?? '', new Map(), { signal: stop.signal })) break
  stop.abort()
  await source.close?.()
}

async function checkPushed(port: number): Promise<void> {
  const source = await openPushed(port)
  if (!('check' in source)) throw new Error('a source without a check')
  await (source as { check(): Promise<unknown> }).check()
  await source.close?.()
}

async function createKey(endpoint: string): Promise<string> {
  const about = { endpoint, region: EMULATED_REGION, credentials: CREDENTIALS }
  const client = new KMSClient({ ...about, requestHandler: new NodeHttpHandler({}) })
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}))
  client.destroy()
  return KeyMetadata?.Arn ?? ''
}

async function createStream(endpoint: string): Promise<void> {
  const about = { endpoint, region: EMULATED_REGION, credentials: CREDENTIALS }
  const client = new KinesisClient({ ...about, requestHandler: new NodeHttpHandler({}) })
  await client.send(new CreateStreamCommand({ StreamName: 'rows', ShardCount: 1 }))
  await until(async () => {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName: 'rows' }))
    return StreamDescriptionSummary?.StreamStatus === 'ACTIVE'
  }, 'the stream is active')
  client.destroy()
}
