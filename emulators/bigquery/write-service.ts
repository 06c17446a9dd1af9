import { createRequire } from 'node:module'
import {
  loadPackageDefinition,
  status,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'
import { protos } from '@google-cloud/bigquery-storage'
import type { CallBook, Fault } from '../emulator.ts'
import type { Column, Stream, Tables } from './tables.ts'
import { decodeRow, type Descriptor, type FieldDescriptor, type Row } from './wire.ts'

const { StorageError } = protos.google.cloud.bigquery.storage.v1
const { StorageErrorCode } = StorageError

const UPDATE = 'bigquery.tables.updateData'
const LONGEST_REQUEST = 10_000_000

interface AppendRequest {
  readonly writeStream: string
  readonly offset: { readonly value: string } | null
  readonly protoRows?: {
    readonly writerSchema: { readonly protoDescriptor: Descriptor } | null
    readonly rows: { readonly serializedRows: readonly Buffer[] } | null
  }
}

class RpcError extends Error {
  readonly code: status
  readonly details: string

  constructor(code: status, details: string) {
    super(details)
    this.code = code
    this.details = details
  }
}

/** A refusal inside a stream: the connection goes on. */
class StreamError extends RpcError {
  readonly storage: protos.google.cloud.bigquery.storage.v1.StorageError.StorageErrorCode
  readonly rows: readonly { readonly index: number; readonly code: string; readonly message: string }[]

  constructor(code: status, storage: StreamError['storage'], message: string, rows: StreamError['rows'] = []) {
    super(code, message)
    this.storage = storage
    this.rows = rows
  }
}

export interface WriteServiceOptions {
  readonly book: CallBook
  readonly tables: Tables
  readonly revoked: ReadonlySet<string>
  /** True while the service has not heard of the columns that are new. */
  readonly lagging: () => boolean
}

/** BigQueryWrite of `google.cloud.bigquery.storage.v1`: the definition that the SDK ships, and what it does here. */
export function writeService({ book, tables, revoked, lagging }: WriteServiceOptions): {
  readonly definition: ServiceDefinition
  readonly implementation: UntypedServiceImplementation
} {
  const authorize = (action: string, resource: string): Fault['kind'] | null => {
    const fault = book.note(action, resource)
    if (fault === 'denied' || revoked.has(action)) {
      const message = `Permission '${action}' denied on resource '${resource}' (or it may not exist).`
      throw new RpcError(status.PERMISSION_DENIED, message)
    }
    if (fault === 'throttled') throw new RpcError(status.RESOURCE_EXHAUSTED, 'Exceeded quota for append requests.')
    if (fault === 'unavailable') throw new RpcError(status.UNAVAILABLE, 'The service is currently unavailable.')
    if (fault === 'torn') throw new RpcError(status.UNAVAILABLE, 'Connection dropped')
    if (fault === 'disabled' || fault === 'destroyed') {
      throw new StreamError(
        status.FAILED_PRECONDITION,
        StorageErrorCode.CMEK_ENCRYPTION_ERROR,
        `Cloud KMS key is ${fault}`,
      )
    }
    return fault
  }
  const streamOf = (name: string): Stream => {
    const stream = tables.streams.get(name)
    if (stream === undefined) throw new RpcError(status.NOT_FOUND, `Requested entity was not found. Entity: ${name}`)
    return stream
  }
  const viewOf = (stream: Stream) => ({
    name: stream.name,
    type: stream.type,
    createTime: timestamp(stream.created),
    commitTime: stream.committed === null ? null : timestamp(stream.committed),
  })

  const append = (stream: Stream, request: AppendRequest, descriptor: Descriptor): object => {
    if (stream.committed !== null) {
      throw new StreamError(status.INVALID_ARGUMENT, StorageErrorCode.STREAM_ALREADY_COMMITTED, 'Stream is committed')
    }
    if (stream.finalized) {
      throw new StreamError(status.INVALID_ARGUMENT, StorageErrorCode.STREAM_FINALIZED, 'Stream is finalized')
    }
    const offset = request.offset === null ? stream.rows.length : Number(request.offset.value)
    if (offset < stream.rows.length) {
      const message = `The offset is within stream, expected offset ${stream.rows.length}, received ${offset}`
      throw new StreamError(status.ALREADY_EXISTS, StorageErrorCode.OFFSET_ALREADY_EXISTS, message)
    }
    if (offset > stream.rows.length) {
      const message = `The offset is beyond stream, expected offset ${stream.rows.length}, received ${offset}`
      throw new StreamError(status.OUT_OF_RANGE, StorageErrorCode.OFFSET_OUT_OF_RANGE, message)
    }
    const columns = tables.tables.get(stream.table)?.schema?.fields ?? []
    checkDescriptor(descriptor, columns)
    if (lagging()) throw extraFields('a column that is new')
    const serialized = request.protoRows?.rows?.serializedRows ?? []
    const rows = serialized.map((bytes, index) => readRow(bytes, index, descriptor, columns))
    tables.append(stream.name, rows)
    return { appendResult: { offset: { value: String(offset) } }, writeStream: stream.name }
  }

  /** A call that answers once. */
  const unary =
    <Request>(action: string, resourceOf: (request: Request) => string, work: (request: Request) => object) =>
    (call: ServerUnaryCall<Request, object>, answer: sendUnaryData<object>) => {
      try {
        const fault = authorize(action, resourceOf(call.request))
        const result = work(call.request)
        if (fault === 'torn_after') throw new RpcError(status.UNAVAILABLE, 'Connection dropped')
        answer(null, result)
      } catch (error) {
        answer(error as RpcError)
      }
    }
  const tableOf = (stream: string) => stream.replace(/\/streams\/[^/]+$/, '')

  const implementation: UntypedServiceImplementation = {
    createWriteStream: unary<{ parent: string; writeStream: { type: string } }>(
      UPDATE,
      ({ parent }) => parent,
      ({ parent, writeStream }) => {
        if (!tables.tables.has(parent))
          throw new RpcError(status.NOT_FOUND, `Requested entity was not found. Entity: ${parent}`)
        return viewOf(tables.addStream(parent, writeStream.type))
      },
    ),
    getWriteStream: unary<{ name: string }>(
      UPDATE,
      ({ name }) => tableOf(name),
      ({ name }) => viewOf(streamOf(name)),
    ),
    finalizeWriteStream: unary<{ name: string }>(
      UPDATE,
      ({ name }) => tableOf(name),
      ({ name }) => {
        const stream = streamOf(name)
        if (stream.committed !== null) throw new RpcError(status.FAILED_PRECONDITION, 'Stream is already committed')
        tables.finalize(name)
        return { rowCount: String(stream.rows.length) }
      },
    ),
    batchCommitWriteStreams: unary<{ parent: string; writeStreams: string[] }>(
      UPDATE,
      ({ parent }) => parent,
      ({ writeStreams }) => {
        const streamErrors = writeStreams.flatMap((name) => {
          const stream = tables.streams.get(name)
          const code = commitFault(stream)
          return code === null
            ? []
            : [{ code: StorageErrorCode[code], entity: name, errorMessage: 'cannot be committed' }]
        })
        if (streamErrors.length > 0) return { streamErrors }
        return { commitTime: timestamp(tables.commit(writeStreams)), streamErrors: [] }
      },
    ),
    appendRows: (call: ServerDuplexStream<AppendRequest, object>) => {
      let name = ''
      let descriptor: Descriptor | undefined
      call.on('data', (request: AppendRequest) => {
        try {
          name = request.writeStream || name
          descriptor = request.protoRows?.writerSchema?.protoDescriptor ?? descriptor
          const fault = authorize(UPDATE, tableOf(name))
          if (sizeOf(request) > LONGEST_REQUEST)
            throw new RpcError(status.INVALID_ARGUMENT, 'AppendRows request too large')
          if (descriptor === undefined) throw new RpcError(status.INVALID_ARGUMENT, 'Writer schema is required')
          const answer = append(streamOf(name), request, descriptor)
          if (fault === 'torn_after') throw new RpcError(status.UNAVAILABLE, 'Connection dropped')
          call.write(answer)
        } catch (error) {
          if (error instanceof StreamError) call.write(refusal(error, name))
          else call.emit('error', error)
        }
      })
      call.on('end', () => call.end())
    },
  }
  return { definition: loadDefinition(), implementation }
}

function commitFault(stream: Stream | undefined): StreamError['storage'] | null {
  if (stream === undefined) return StorageErrorCode.STREAM_NOT_FOUND
  if (stream.committed !== null) return StorageErrorCode.STREAM_ALREADY_COMMITTED
  if (stream.type !== 'PENDING') return StorageErrorCode.INVALID_STREAM_TYPE
  return stream.finalized ? null : StorageErrorCode.INVALID_STREAM_STATE
}

const TRAVELS_AS: Readonly<Record<string, string>> = {
  STRING: 'TYPE_STRING',
  JSON: 'TYPE_STRING',
  INTEGER: 'TYPE_INT64',
  TIMESTAMP: 'TYPE_INT64',
  FLOAT: 'TYPE_DOUBLE',
  BOOLEAN: 'TYPE_BOOL',
  BYTES: 'TYPE_BYTES',
  RECORD: 'TYPE_MESSAGE',
}

function checkDescriptor(descriptor: Descriptor, columns: readonly Column[]): void {
  for (const field of descriptor.field) {
    const column = columnOf(field, columns)
    if (column === undefined) throw extraFields(field.name)
    if (TRAVELS_AS[column.type] !== field.type || (column.mode === 'REPEATED') !== (field.label === 'LABEL_REPEATED')) {
      throw new RpcError(status.INVALID_ARGUMENT, `${field.name} is ${field.type}, which a ${column.type} is not`)
    }
    const nested = descriptor.nestedType?.find(({ name }) => name === field.typeName)
    if (column.type === 'RECORD' && nested !== undefined) checkDescriptor(nested, column.fields ?? [])
  }
}

function readRow(bytes: Uint8Array, index: number, descriptor: Descriptor, columns: readonly Column[]): Row {
  const refused = (message: string) =>
    new StreamError(status.INVALID_ARGUMENT, StorageErrorCode.STORAGE_ERROR_CODE_UNSPECIFIED, 'Errors found in rows', [
      { index, code: 'FIELDS_ERROR', message },
    ])
  let row: Row
  try {
    row = decodeRow(bytes, descriptor)
    for (const { name, type } of columns) if (type === 'JSON' && name in row) JSON.parse(row[name] as string)
  } catch (error) {
    throw refused(String(error))
  }
  const missing = columns.find(({ name, mode }) => mode === 'REQUIRED' && !(name in row))
  if (missing !== undefined) throw refused(`${missing.name} is required`)
  return row
}

function columnOf(field: FieldDescriptor, columns: readonly Column[]): Column | undefined {
  return columns.find(({ name }) => name.toLowerCase() === field.name.toLowerCase())
}

function extraFields(name: string): StreamError {
  const message = `Input schema has more fields than BigQuery schema, extra fields: '${name}'`
  return new StreamError(status.INVALID_ARGUMENT, StorageErrorCode.SCHEMA_MISMATCH_EXTRA_FIELDS, message)
}

function refusal({ code, details, storage, rows }: StreamError, entity: string): object {
  const value = StorageError.encode({ code: storage, entity, errorMessage: details }).finish()
  const known = storage !== StorageErrorCode.STORAGE_ERROR_CODE_UNSPECIFIED
  const told = known ? [{ type_url: 'type.googleapis.com/google.cloud.bigquery.storage.v1.StorageError', value }] : []
  return {
    error: { code, message: `${details} Entity: ${entity}`, details: told },
    rowErrors: rows,
    writeStream: entity,
  }
}

function sizeOf({ protoRows }: AppendRequest): number {
  return (protoRows?.rows?.serializedRows ?? []).reduce((sum, { length }) => sum + length + 5, 0)
}

function timestamp(time: string): { seconds: string; nanos: number } {
  const ms = Date.parse(time)
  return { seconds: String(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 }
}

function loadDefinition(): ServiceDefinition {
  const require = createRequire(import.meta.url)
  const json = require('@google-cloud/bigquery-storage/build/protos/protos.json') as Parameters<typeof fromJSON>[0]
  const loaded = loadPackageDefinition(
    fromJSON(json, { keepCase: true, longs: String, enums: String, defaults: true, arrays: true, oneofs: true }),
  )
  const path = ['google', 'cloud', 'bigquery', 'storage', 'v1', 'BigQueryWrite']
  const found = path.reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], loaded)
  return (found as { readonly service: ServiceDefinition }).service
}
