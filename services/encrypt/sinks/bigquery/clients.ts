import { BigQuery, type BigQueryOptions } from '@google-cloud/bigquery'
import { v1, type protos } from '@google-cloud/bigquery-storage'
import { ChannelCredentials } from '@grpc/grpc-js'
import { AppError } from '#core/errors.ts'
import { given } from '#core/given.ts'
import { endpointUrl } from '#clouds/endpoint.ts'
import { grpcError } from '#clouds/gcp/errors.ts'
import { checkKeyName } from '#clouds/gcp/key-name.ts'
import type { BigQueryConfig } from './config.ts'

export interface BigQuerySinkOptions extends Omit<BigQueryConfig, 'sensitive'> {
  /** The name in logs and checks; default: `bigquery`. */
  readonly name?: string | undefined
  /** Default: the SDK's own chain. */
  readonly credentials?: BigQueryOptions['credentials'] | undefined
  readonly authClient?: BigQueryOptions['authClient'] | undefined
  /** Uses a test endpoint: without TLS and without authentication. */
  readonly emulator?: boolean | undefined
}

/** The two SDKs depend on different auth libraries, but accept each other's clients. */
type WriteClientOptions = NonNullable<ConstructorParameters<typeof v1.BigQueryWriteClient>[0]>
type WriteStream = protos.google.cloud.bigquery.storage.v1.IWriteStream
type CommitResult = protos.google.cloud.bigquery.storage.v1.IBatchCommitWriteStreamsResponse
export type AppendCall = ReturnType<v1.BigQueryWriteClient['appendRows']>

/** The calls of the Storage Write API that a sink makes, with errors mapped to ours. */
export interface Writer {
  createStream(table: string): Promise<string>
  getStream(name: string): Promise<WriteStream>
  /** Ends the stream, which then takes no more rows, and returns how many it has. */
  finalize(name: string): Promise<number>
  commit(name: string): Promise<CommitResult>
  append(stream: string): Promise<AppendCall>
}

const PUBLIC_ENDPOINT = 'https://bigquery.googleapis.com'
const TIMEOUT_MS = 60_000
const METHODS = ['CreateWriteStream', 'AppendRows', 'GetWriteStream', 'FinalizeWriteStream', 'BatchCommitWriteStreams']

/** Opens the two clients of BigQuery: REST for tables, gRPC for rows. Neither retries. */
export function openClients(options: BigQuerySinkOptions): {
  readonly bigquery: BigQuery
  readonly writer: Writer
  close(): Promise<void>
} {
  const { endpoint = PUBLIC_ENDPOINT, writeEndpoint, emulator = false, kmsKey, project } = options
  endpointUrl(endpoint, 'BigQuery', emulator)
  if (emulator && (options.endpoint === undefined || writeEndpoint === undefined)) {
    throw new AppError('invalid', 'an emulator of BigQuery has two endpoints: give both')
  }
  checkKeyName(kmsKey)
  const [host, port] = (writeEndpoint ?? '').split(':')
  const access = given({ credentials: options.credentials, authClient: options.authClient })
  const client = new v1.BigQueryWriteClient({
    projectId: project,
    clientConfig: withoutRetries(),
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    ...(host === undefined || host === '' ? {} : { apiEndpoint: host, servicePath: host }),
    ...(port === undefined ? {} : { port: Number(port) }),
    'grpc.enable_retries': 0,
    // without TLS; and with a universe domain, because the client would otherwise ask for credentials only to learn it
    ...(emulator
      ? { sslCreds: ChannelCredentials.createInsecure(), clientOptions: { universeDomain: 'googleapis.com' } }
      : (access as unknown as WriteClientOptions)),
  })
  const bigquery = new BigQuery({
    projectId: project,
    apiEndpoint: endpoint,
    retryOptions: { autoRetry: false, maxRetries: 0 },
    // a placeholder for credentials: otherwise the SDK searches for some, and asks the metadata server
    ...(emulator ? (keyless(client) as Pick<BigQueryOptions, 'authClient'>) : access),
  })
  // inside the SDK, BIGQUERY_EMULATOR_HOST takes precedence and would send production's rows elsewhere
  if (!bigquery.baseUrl.startsWith(endpoint)) {
    throw new AppError('invalid', `BIGQUERY_EMULATOR_HOST leads to ${bigquery.baseUrl}: unset it`)
  }
  return { bigquery, writer: writerOf(client), close: () => client.close() }
}

function keyless({ auth }: v1.BigQueryWriteClient): unknown {
  return { authClient: auth.fromAPIKey('emulator') }
}

function writerOf(client: v1.BigQueryWriteClient): Writer {
  const failing = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call()
    } catch (error) {
      throw grpcError(error, what)
    }
  }
  return {
    createStream: (table) =>
      failing(`beginning a batch for ${table}`, async () => {
        const [stream] = await client.createWriteStream({ parent: table, writeStream: { type: 'PENDING' } })
        return stream.name ?? ''
      }),
    getStream: (name) => failing(`looking at ${name}`, async () => (await client.getWriteStream({ name }))[0]),
    finalize: (name) =>
      failing(`ending ${name}`, async () => Number((await client.finalizeWriteStream({ name }))[0].rowCount ?? 0)),
    commit: (name) =>
      failing(`committing ${name}`, async () => {
        const parent = name.replace(/\/streams\/[^/]+$/, '')
        return (await client.batchCommitWriteStreams({ parent, writeStreams: [name] }))[0]
      }),
    append: (stream) =>
      failing(`appending to ${stream}`, async () => {
        await client.initialize()
        // the service finds the stream's region by this header
        return client.appendRows({ otherArgs: { headers: { 'x-goog-request-params': `write_stream=${stream}` } } })
      }),
  }
}

function withoutRetries() {
  const method = { retry_codes_name: 'non_idempotent', timeout_millis: TIMEOUT_MS }
  const methods = Object.fromEntries(
    METHODS.map((name) => [name, { ...method, ...(name === 'AppendRows' ? { timeout_millis: 86_400_000 } : {}) }]),
  )
  const service = { methods, retry_codes: { non_idempotent: [] } }
  return { interfaces: { 'google.cloud.bigquery.storage.v1.BigQueryWrite': service } }
}
