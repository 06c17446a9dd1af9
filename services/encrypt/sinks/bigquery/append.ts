import { protos } from '@google-cloud/bigquery-storage'
import { AppError } from '#core/errors.ts'
import { grpcError } from '#clouds/gcp/errors.ts'
import type { AppendCall, Writer } from './clients.ts'

type Request = protos.google.cloud.bigquery.storage.v1.IAppendRowsRequest
type Response = protos.google.cloud.bigquery.storage.v1.IAppendRowsResponse
type StorageError = protos.google.cloud.bigquery.storage.v1.IStorageError
type Code = protos.google.cloud.bigquery.storage.v1.StorageError.StorageErrorCode

const { StorageError } = protos.google.cloud.bigquery.storage.v1
export const { StorageErrorCode } = StorageError

/** The service's answer to an append. `exists` and `beyond` say where its offset lies relative to the stream's end. */
export type Appended = 'appended' | 'exists' | 'beyond' | 'finalized'

const ANSWER_MS = 120_000
/** gRPC: ALREADY_EXISTS, OUT_OF_RANGE. */
const EXISTS = 6
const BEYOND = 11

/** A connection to one stream: one request at a time; each is answered before the next is sent. */
export class AppendConnection {
  readonly stream: string
  readonly #writer: Writer
  #call: AppendCall | null = null
  #broken = false
  #settle: { resolve(response: Response): void; reject(error: unknown): void } | null = null

  constructor(writer: Writer, stream: string) {
    this.#writer = writer
    this.stream = stream
  }

  get broken(): boolean {
    return this.#broken
  }

  /**
   * Appends at an offset. Throws `not_found` (`batch_gone`), `unavailable` (`schema_propagating`: the service does not know a
   * new column yet), `invalid` with the index of the first row that it refuses, and what calls throw.
   */
  async append(request: Request): Promise<Appended> {
    const response = await this.#send(request)
    const told = response.error
    if (told === null || told === undefined || (told.code ?? 0) === 0) return 'appended'
    const detail = storageErrorOf(told.details ?? [])
    const outcome = outcomeOf(codeOf(detail), told.code)
    if (outcome !== null) return outcome
    const row = response.rowErrors?.[0]
    // the message of a row's error may quote the row
    if (row !== undefined) throw new RowRefused(Number(row.index ?? 0), this.stream)
    throw storageError(detail, `appending to ${this.stream}`, told)
  }

  close(): void {
    this.#broken = true
    this.#call?.removeAllListeners()
    this.#call?.on('error', () => undefined) // errors after the end are ignored
    this.#call?.end()
    this.#call?.destroy()
    this.#call = null
  }

  async #send(request: Request): Promise<Response> {
    const call = (this.#call ??= await this.#connect())
    const answer = new Promise<Response>((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    const timer = setTimeout(() => {
      const message = `appending to ${this.stream}: no answer after ${ANSWER_MS / 1000} s`
      this.#fail(new AppError('unavailable', message, { reason: 'timeout' }))
    }, ANSWER_MS)
    try {
      call.write(request)
      return await answer
    } finally {
      clearTimeout(timer)
      this.#settle = null
    }
  }

  async #connect(): Promise<AppendCall> {
    const call = await this.#writer.append(this.stream)
    call.on('data', (response: Response) => this.#settle?.resolve(response))
    call.on('error', (error: unknown) => this.#fail(grpcError(error, `appending to ${this.stream}`)))
    call.on('end', () => {
      const message = `appending to ${this.stream}: the connection ended`
      this.#fail(new AppError('unavailable', message, { reason: 'connection' }))
    })
    return call
  }

  #fail(error: AppError): void {
    const settle = this.#settle
    this.close()
    settle?.reject(isGone(error) ? batchGone(this.stream, error) : error)
  }
}

/** A row that the service refuses; its index is the one within the request. */
export class RowRefused extends AppError {
  readonly index: number

  constructor(index: number, stream: string) {
    super('invalid', `${stream} does not take row ${index} of a request`, { reason: 'row_refused' })
    this.index = index
  }
}

export function batchGone(stream: string, cause: unknown): AppError {
  return new AppError('not_found', `${stream} is gone: count the rows of its link before beginning again`, {
    cause,
    reason: 'batch_gone',
  })
}

export function isGone(error: unknown): boolean {
  return error instanceof AppError && error.code === 'not_found'
}

/** Maps an error that the service reports about a stream to an `AppError`. */
export function storageError(
  detail: StorageError | undefined,
  what: string,
  told: { readonly code?: number | null; readonly message?: string | null } = {},
): AppError {
  const code = codeOf(detail)
  const reason = StorageErrorCode[code].toLowerCase()
  switch (code) {
    case StorageErrorCode.STREAM_NOT_FOUND:
      return batchGone(what, detail)
    case StorageErrorCode.SCHEMA_MISMATCH_EXTRA_FIELDS:
      return new AppError('unavailable', `${what}: it has not heard of a new column yet`, {
        reason: 'schema_propagating',
      })
    case StorageErrorCode.KMS_SERVICE_ERROR:
      return new AppError('unavailable', `${what}: the key service does not answer`, { reason })
    case StorageErrorCode.KMS_PERMISSION_DENIED:
    case StorageErrorCode.CMEK_ENCRYPTION_ERROR:
    case StorageErrorCode.INVALID_CMEK_PROVIDED:
    case StorageErrorCode.CMEK_NOT_PROVIDED:
      return new AppError(
        'denied',
        `${what}: the table's key cannot be used; enable it, or let the service agent use it`,
        {
          reason: 'kms_key_unusable',
        },
      )
    default: {
      const error = grpcError(
        { code: told.code ?? undefined, message: detail?.errorMessage ?? told.message ?? '' },
        what,
      )
      return isGone(error) ? batchGone(what, error) : error
    }
  }
}

function outcomeOf(code: Code, grpc: number | null | undefined): Appended | null {
  switch (code) {
    case StorageErrorCode.OFFSET_ALREADY_EXISTS:
      return 'exists'
    case StorageErrorCode.OFFSET_OUT_OF_RANGE:
      return 'beyond'
    case StorageErrorCode.STREAM_FINALIZED:
    case StorageErrorCode.STREAM_ALREADY_COMMITTED:
      return 'finalized'
    default:
      if (grpc === EXISTS) return 'exists'
      return grpc === BEYOND ? 'beyond' : null
  }
}

/** The code as a number, whether it came as a number or as a name. */
export function codeOf(error: StorageError | undefined): Code {
  const code = error?.code ?? StorageErrorCode.STORAGE_ERROR_CODE_UNSPECIFIED
  return typeof code === 'string' ? StorageErrorCode[code] : code
}

function storageErrorOf(details: readonly protos.google.protobuf.IAny[]): StorageError | undefined {
  for (const { type_url: type, value } of details) {
    if (!type?.endsWith('google.cloud.bigquery.storage.v1.StorageError') || !(value instanceof Uint8Array)) continue
    return StorageError.decode(value)
  }
  return undefined
}
