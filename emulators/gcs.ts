import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { CallBook, LOOPBACK, PATIENT, type Call, type Emulator, type EmulatorOptions, type Fault } from './emulator.ts'
import { HttpError } from './gcs/http-error.ts'
import { checkPreconditions, Objects, type StoredObject, type UploadMetadata } from './gcs/objects.ts'
import { parseHashes, parseMultipart, Uploads } from './gcs/uploads.ts'

/** A bucket's settings, in the words of its JSON resource. */
export interface GcsBucket {
  readonly name: string
  readonly iamConfiguration: {
    readonly publicAccessPrevention: 'enforced' | 'inherited'
    readonly uniformBucketLevelAccess: { readonly enabled: boolean }
  }
  readonly encryption?: { readonly defaultKmsKeyName?: string }
  readonly versioning?: { readonly enabled: boolean }
  readonly retentionPolicy?: { readonly retentionPeriod: string; readonly isLocked?: boolean }
  readonly softDeletePolicy?: { readonly retentionDurationSeconds: string }
}

export interface GcsEmulatorOptions extends EmulatorOptions {
  /** Buckets that are there from the start, private ones by default. */
  readonly buckets?: readonly (Pick<GcsBucket, 'name'> & Partial<GcsBucket>)[]
}

export interface GcsEmulator extends Emulator {
  /** Changes a bucket's settings, or makes it. */
  setBucket(bucket: Pick<GcsBucket, 'name'> & Partial<GcsBucket>): void
  /** From now on the caller lacks this permission, here and in what `testPermissions` answers. */
  revoke(permission: string): void
  /** The connection of the next resumable upload breaks once so many of its bytes have arrived. */
  tearUpload(afterBytes: number): void
  /** Every object is encrypted under this key, whatever was asked for. */
  overrideKey(kmsKeyName: string | undefined): void
  /** Flips a byte of an object at rest. */
  damage(bucket: string, name: string): void
  objects(bucket: string): readonly StoredObject[]
}

interface Request {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

interface Answer {
  readonly status: number
  readonly headers?: Record<string, string | number>
  readonly body?: Buffer | object
}

/** The caller, as the service's own messages name it. */
const CALLER = 'pipeline@project.iam.gserviceaccount.com'

/**
 * Cloud Storage's JSON API: buckets, objects with generations and preconditions, multipart and resumable uploads, ranges,
 * CRC32C and MD5, pages of lists, `testIamPermissions`.
 */
export async function startGcs(options: GcsEmulatorOptions = {}): Promise<GcsEmulator> {
  const book = new CallBook()
  const objects = new Objects(options.folder)
  const uploads = new Uploads(options.folder)
  const buckets = openBuckets(options.folder)
  for (const bucket of options.buckets ?? []) if (!buckets.has(bucket.name)) buckets.set(bucket)
  const revoked = new Set<string>()
  let tearAfter: number | undefined
  let overriddenKey: string | undefined
  let endpoint = ''

  const authorize = (action: string, resource: string): Fault['kind'] | null => {
    const fault = book.note(action, resource)
    if (fault === 'denied' || revoked.has(action)) throw denied(action)
    if (fault === 'throttled') throw new HttpError(429, 'rateLimitExceeded', 'The rate of requests is too high.')
    if (fault === 'unavailable')
      throw new HttpError(503, 'backendError', 'We encountered an internal error. Try again.')
    if (fault === 'disabled' || fault === 'destroyed') {
      throw new HttpError(400, 'invalid', `The Cloud KMS key is ${fault}; the object cannot be used.`)
    }
    return fault
  }
  const bucketOf = (name: string): GcsBucket => {
    const bucket = buckets.get(name)
    if (bucket === undefined) throw new HttpError(404, 'notFound', 'The specified bucket does not exist.')
    return bucket
  }
  const put = (bucket: GcsBucket, name: string, upload: UploadMetadata, data: Buffer, query: URLSearchParams) => {
    const key = overriddenKey ?? query.get('kmsKeyName') ?? bucket.encryption?.defaultKmsKeyName
    const kmsKeyName = key === undefined ? undefined : `${key}/cryptoKeyVersions/1`
    checkPreconditions(objects.peek(bucket.name, name), query)
    if (objects.peek(bucket.name, name) !== undefined)
      authorize('storage.objects.delete', objectName(bucket.name, name))
    return viewOf(objects.put({ bucket: bucket.name, name, kmsKeyName }, upload, data, query))
  }

  /** A POST begins an upload, or is one; a PUT continues a resumable one. */
  const upload = (bucketName: string, request: Request): Work => {
    const { query, body, headers } = request
    const id = query.get('upload_id')
    if (id !== null) return { fault: null, run: () => continueUpload(id, request) }
    const bucket = bucketOf(bucketName)
    const resumable = query.get('uploadType') === 'resumable'
    const parts = resumable
      ? {
          metadata: body.length > 0 ? (JSON.parse(body.toString('utf8')) as UploadMetadata) : {},
          data: Buffer.alloc(0),
        }
      : parseMultipart(headers['content-type'] ?? '', body)
    const name = query.get('name') ?? parts.metadata.name ?? ''
    if (name === '') throw new HttpError(400, 'required', 'Required object name.')
    const fault = authorize('storage.objects.create', objectName(bucketName, name))
    if (!resumable) return { fault, run: () => json(put(bucket, name, parts.metadata, parts.data, query)) }
    return {
      fault,
      run: () => {
        checkPreconditions(objects.peek(bucketName, name), query)
        const { id } = uploads.begin({ bucket: bucketName, name, metadata: parts.metadata, query: query.toString() })
        const location = `${endpoint}/upload/storage/v1/b/${bucketName}/o?uploadType=resumable&upload_id=${id}`
        return { status: 200, headers: { location, 'x-guploader-uploadid': id } }
      },
    }
  }

  const continueUpload = (id: string, { body, headers }: Request): Answer => {
    const before = uploads.get(id)
    const [, from, total] = /^bytes (?:(\d+)-(?:\d+|\*)|\*)\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? []
    if (from !== undefined && Number(from) > before.data.length) {
      throw new HttpError(503, 'backendError', `Invalid request. There were ${before.data.length} bytes before.`)
    }
    if (from !== undefined) uploads.add(id, body.subarray(before.data.length - Number(from)))
    const { upload: about, data } = uploads.get(id)
    const whole = headers['content-range'] === undefined || total === String(data.length) || endless(headers, total)
    if (!whole) {
      return { status: 308, headers: data.length > 0 ? { range: `bytes=0-${data.length - 1}` } : {} }
    }
    const metadata = { ...about.metadata, ...parseHashes(headers['x-goog-hash'] as string | undefined) }
    const view = put(bucketOf(about.bucket), about.name, metadata, data, new URLSearchParams(about.query))
    uploads.end(id)
    return json(view)
  }

  const object = (bucketName: string, name: string, { method, query, headers }: Request): Work => {
    bucketOf(bucketName)
    const resource = objectName(bucketName, name)
    if (method === 'DELETE') {
      const fault = authorize('storage.objects.delete', resource)
      return {
        fault,
        run: () => {
          objects.delete(objects.get(bucketName, name, query))
          return { status: 204 }
        },
      }
    }
    const fault = authorize('storage.objects.get', resource)
    return {
      fault,
      run: () => {
        const found = objects.get(bucketName, name, query)
        return query.get('alt') === 'media' ? media(found, headers.range) : json(viewOf(found))
      },
    }
  }

  const list = (bucketName: string, query: URLSearchParams): Work => {
    bucketOf(bucketName)
    const fault = authorize('storage.objects.list', `projects/_/buckets/${bucketName}`)
    return {
      fault,
      run: () => {
        const after = Buffer.from(query.get('pageToken') ?? '', 'base64').toString('utf8')
        const size = Math.min(1000, Number(query.get('maxResults') ?? 1000))
        const found = objects.list(bucketName, query.get('prefix') ?? '', after)
        const page = found.slice(0, size)
        const nextPageToken = found.length > size ? Buffer.from(page.at(-1)?.name ?? '').toString('base64') : undefined
        return json({ kind: 'storage#objects', items: page.map(viewOf), nextPageToken })
      },
    }
  }

  const bucket = (name: string, { method }: Request): Work => {
    const fault = authorize('storage.buckets.get', `projects/_/buckets/${name}`)
    if (method !== 'GET') throw new HttpError(405, 'methodNotAllowed', 'Not supported by this emulator.')
    return { fault, run: () => json({ kind: 'storage#bucket', ...bucketOf(name) }) }
  }

  const makeBucket = (request: Request): Work => {
    const asked = JSON.parse(request.body.toString('utf8')) as GcsBucket
    const fault = authorize('storage.buckets.create', 'projects/_')
    if (buckets.get(asked.name) !== undefined) throw new HttpError(409, 'conflict', 'You already own this bucket.')
    return { fault, run: () => json({ kind: 'storage#bucket', ...buckets.set(asked) }) }
  }

  const testPermissions = (name: string, query: URLSearchParams): Work => {
    bucketOf(name)
    return {
      fault: null,
      run: () => json({ permissions: query.getAll('permissions').filter((permission) => !revoked.has(permission)) }),
    }
  }

  const route = (request: Request): Work => {
    const [, rest = ''] = /^(?:\/resumable|\/download|\/upload)*\/storage\/v1\/b(\/.*)?$/.exec(request.path) ?? []
    const isUpload = request.path.includes('/upload/')
    if (rest === '' && request.method === 'POST') return makeBucket(request)
    const [bucketName = '', kind, ...name] = rest.slice(1).split('/').map(decodeURIComponent)
    if (kind === undefined) return bucket(bucketName, request)
    if (kind === 'iam' && name[0] === 'testPermissions') return testPermissions(bucketName, request.query)
    if (kind === 'o' && isUpload) return upload(bucketName, request)
    if (kind === 'o' && name.length === 0) return list(bucketName, request.query)
    if (kind === 'o') return object(bucketName, name.join('/'), request)
    throw new HttpError(404, 'notFound', `Not Found: ${request.path}`)
  }

  const server = http.createServer(PATIENT, (incoming, response) => {
    void (async () => {
      const request = await read(incoming, (arrived) => {
        const id = new URL(incoming.url ?? '/', endpoint).searchParams.get('upload_id')
        if (id === null || tearAfter === undefined || arrived.length < tearAfter) return
        tearAfter = undefined
        uploads.get(id)
        uploads.add(id, arrived.bytes())
        incoming.socket.destroy()
      })
      if (request === null) return
      const { fault, run } = route(request)
      if (fault === 'torn') return incoming.socket.destroy()
      const answer = run()
      if (fault === 'torn_after') return incoming.socket.destroy()
      send(response, answer)
    })().catch((error: unknown) => {
      const told = error instanceof HttpError ? error : new HttpError(500, 'backendError', String(error))
      send(response, { status: told.status, body: told.toJSON() as object })
    })
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, options.host ?? LOOPBACK, resolve))
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    endpoint,
    get calls(): readonly Call[] {
      return book.calls
    },
    inject: (fault) => book.inject(fault),
    clearFaults: () => {
      book.clearFaults()
      revoked.clear()
      tearAfter = undefined
      overriddenKey = undefined
    },
    setBucket: (bucket) => void buckets.set(bucket),
    revoke: (permission) => void revoked.add(permission),
    tearUpload: (afterBytes) => {
      tearAfter = afterBytes
    },
    overrideKey: (kmsKeyName) => {
      overriddenKey = kmsKeyName
    },
    damage: (bucketName, name) => objects.damage(bucketName, name),
    objects: (bucketName) => objects.list(bucketName, '', ''),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Work {
  readonly fault: Fault['kind'] | null
  readonly run: () => Answer
}

function openBuckets(folder: string | undefined) {
  const file = folder === undefined ? undefined : path.join(folder, 'buckets.json')
  const held = new Map<string, GcsBucket>()
  if (file !== undefined && existsSync(file)) {
    for (const bucket of JSON.parse(readFileSync(file, 'utf8')) as GcsBucket[]) held.set(bucket.name, bucket)
  }
  return {
    has: (name: string) => held.has(name),
    get: (name: string) => held.get(name),
    set: (settings: Pick<GcsBucket, 'name'> & Partial<GcsBucket>): GcsBucket => {
      const bucket: GcsBucket = {
        iamConfiguration: { publicAccessPrevention: 'enforced', uniformBucketLevelAccess: { enabled: true } },
        ...settings,
      }
      held.set(bucket.name, bucket)
      if (file !== undefined && folder !== undefined) {
        mkdirSync(folder, { recursive: true })
        writeFileSync(`${file}.tmp`, JSON.stringify([...held.values()]))
        renameSync(`${file}.tmp`, file)
      }
      return bucket
    },
  }
}

/** The whole request, or null when `watch` broke its connection. */
/** What has come of a body so far. */
interface Arrived {
  readonly length: number
  readonly bytes: () => Buffer
}

async function read(incoming: IncomingMessage, watch: (arrived: Arrived) => void): Promise<Request | null> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of incoming) {
      chunks.push(chunk as Buffer)
      length += (chunk as Buffer).length
      watch({ length, bytes: () => Buffer.concat(chunks) })
    }
  } catch {
    return null
  }
  const url = new URL(incoming.url ?? '/', 'http://emulator')
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks),
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const bytes = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
  const type = bytes === undefined || bytes === body ? {} : { 'content-type': 'application/json; charset=UTF-8' }
  response.writeHead(status, { ...type, 'content-length': bytes?.length ?? 0, ...headers }).end(bytes)
}

function media(object: StoredObject, range: string | undefined): Answer {
  const size = object.data.length
  const headers = {
    'content-type': object.contentType ?? 'application/octet-stream',
    'x-goog-hash': `crc32c=${object.crc32c},md5=${object.md5Hash}`,
    'x-goog-stored-content-encoding': 'identity',
    'x-goog-stored-content-length': size,
    'x-goog-generation': object.generation,
  }
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? []
  if (from === undefined) return { status: 200, headers, body: object.data }
  if (Number(from) >= size) {
    throw new HttpError(416, 'requestedRangeNotSatisfiable', 'The requested range cannot be satisfied.')
  }
  const last = Math.min(size - 1, to === undefined || to === '' ? size - 1 : Number(to))
  const body = object.data.subarray(Number(from), last + 1)
  return { status: 206, headers: { ...headers, 'content-range': `bytes ${from}-${last}/${size}` }, body }
}

function viewOf(object: StoredObject): object {
  const { data, ...shown } = object
  const size = String(data.length)
  return {
    kind: 'storage#object',
    id: `${object.bucket}/${object.name}/${object.generation}`,
    metageneration: '1',
    size,
    ...shown,
  }
}

function json(body: object): Answer {
  return { status: 200, body }
}

/** A range without an end and a total: the upload is whole when its request is. */
function endless(headers: IncomingMessage['headers'], total: string | undefined): boolean {
  return total === '*' && headers['content-range']?.endsWith('-*/*') === true
}

function objectName(bucket: string, name: string): string {
  return `projects/_/buckets/${bucket}/objects/${name}`
}

function denied(action: string): HttpError {
  const target = action.startsWith('storage.buckets') ? 'bucket' : 'object'
  const message = `${CALLER} does not have ${action} access to the Google Cloud Storage ${target}.`
  return new HttpError(403, 'forbidden', `${message} Permission '${action}' denied on resource (or it may not exist).`)
}
