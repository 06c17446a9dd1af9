import { createHash, randomUUID } from 'node:crypto'
import { checksumOf, type Checksum } from './checksums.ts'
import { S3Failure } from './failure.ts'
import type { Bucket, Encryption, Lock, S3State, StoredVersion } from './state.ts'
import { text, type S3Answer, type S3Request } from './wire.ts'

/** An operation on an object, in a bucket that is there. */
export type ObjectOperation = (state: S3State, bucket: Bucket, request: S3Request) => S3Answer

export const putObject: ObjectOperation = (state, bucket, request) => {
  const checksum = checksumOf(request.headers, request.body)
  const lock = lockOf(bucket, request.headers)
  if (
    request.headers['x-amz-object-lock-mode'] !== undefined &&
    checksum === null &&
    request.headers['content-md5'] === undefined
  ) {
    const message =
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters'
    throw new S3Failure(400, 'InvalidRequest', message)
  }
  checkConditions(state, bucket, request)
  const blob = state.putBlob(request.body)
  const etag = createHash('md5').update(request.body).digest('hex')
  const version = storeVersion(state, bucket, request, { blob, size: request.body.length, etag, checksum, lock })
  return { headers: { etag: version.etag, ...writtenHeaders(bucket, version), ...checksumHeaders(checksum) } }
}

/** Makes the version current. The ETag of what is encrypted under a KMS key is no digest of the bytes. */
export function storeVersion(
  state: S3State,
  bucket: Bucket,
  { bucket: name, key, headers }: Pick<S3Request, 'bucket' | 'key' | 'headers'>,
  content: Pick<StoredVersion, 'blob' | 'size' | 'etag' | 'checksum' | 'lock'>,
): StoredVersion {
  const encryption = encryptionOf(bucket, headers)
  const suffix = /-\d+$/.exec(content.etag)?.[0] ?? ''
  const etag = encryption.algorithm === 'AES256' ? content.etag : randomUUID().replaceAll('-', '') + suffix
  const version: StoredVersion = {
    ...content,
    key,
    versionId: bucket.settings.versioning === 'Enabled' ? randomUUID() : 'null',
    marker: false,
    etag: `"${etag}"`,
    at: new Date().toISOString(),
    headers: Object.fromEntries(
      Object.entries(headers).filter(([header]) => header === 'content-type' || header.startsWith('x-amz-meta-')),
    ),
    encryption,
  }
  state.addVersion(name, version)
  return version
}

export const getObject: ObjectOperation = (state, bucket, request) => {
  const version = find(state, bucket, request)
  const { headers } = request
  if (headers['if-match'] !== undefined && !etagMatches(headers['if-match'], version.etag)) throw preconditionFailed()
  if (headers['if-none-match'] !== undefined && etagMatches(headers['if-none-match'], version.etag)) {
    throw new S3Failure(304, 'NotModified')
  }
  const range = rangeOf(headers['range'], version.size)
  const bytes = state.blob(version.blob)
  const body = range === null ? bytes : bytes.subarray(range.start, range.end)
  return {
    status: range === null ? 200 : 206,
    headers: {
      ...version.headers,
      etag: version.etag,
      'content-length': String(body.length),
      'last-modified': new Date(version.at).toUTCString(),
      'accept-ranges': 'bytes',
      ...(range === null ? {} : { 'content-range': `bytes ${range.start}-${range.end - 1}/${version.size}` }),
      ...versionHeaders(bucket, version),
      ...(version.lock === null
        ? {}
        : { 'x-amz-object-lock-mode': version.lock.mode, 'x-amz-object-lock-retain-until-date': version.lock.until }),
      ...(headers['x-amz-checksum-mode'] === 'ENABLED' && range === null ? checksumHeaders(version.checksum) : {}),
    },
    body,
  }
}

export const deleteObject: ObjectOperation = (state, bucket, { bucket: name, key, query, headers }) => {
  const versions = bucket.objects.get(key) ?? []
  const current = versions.at(-1)
  const match = headers['if-match'] // conditional deletes: 412 for another version, and for none
  if (match !== undefined && !(current?.marker === false && etagMatches(match, current.etag)))
    throw preconditionFailed()
  const versionId = query.get('versionId') ?? (bucket.settings.versioning === null ? 'null' : null)
  if (versionId === null) {
    // suspended versioning puts its marker in the place of the version without an id
    const id = bucket.settings.versioning === 'Enabled' ? randomUUID() : 'null'
    const at = new Date().toISOString()
    const encryption = bucket.settings.encryption
    const marker = { blob: '', size: 0, etag: '', headers: {}, checksum: null, lock: null, encryption, at }
    state.addVersion(name, { ...marker, key, versionId: id, marker: true })
    return { status: 204, headers: { 'x-amz-version-id': id, 'x-amz-delete-marker': 'true' } }
  }
  const version = versions.find((held) => held.versionId === versionId)
  if (version === undefined) return { status: 204 }
  const bypass = headers['x-amz-bypass-governance-retention'] === 'true' && version.lock?.mode === 'GOVERNANCE'
  if (version.lock !== null && Date.parse(version.lock.until) > Date.now() && !bypass) {
    throw new S3Failure(403, 'AccessDenied', 'Access Denied because object protected by object lock.')
  }
  state.removeVersion(name, key, versionId)
  return { status: 204, headers: versionHeaders(bucket, version) }
}

export const putObjectRetention: ObjectOperation = (state, bucket, request) => {
  const document = request.body.toString()
  if (!bucket.settings.objectLock) throw lockMissing()
  const version = find(state, bucket, request)
  const lock = { mode: text(document, 'Mode') ?? '', until: text(document, 'RetainUntilDate') ?? '' }
  checkLock(lock)
  if (version.lock !== null && Date.parse(version.lock.until) > Date.parse(lock.until)) {
    throw new S3Failure(403, 'AccessDenied', 'Access Denied because object protected by object lock.')
  }
  state.addVersion(request.bucket, { ...version, lock })
  return {}
}

/** Throws what the conditions of a write demand, of which S3 knows `If-None-Match: *` and `If-Match`. */
export function checkConditions(
  state: S3State,
  bucket: Bucket,
  { key, headers }: Pick<S3Request, 'key' | 'headers'>,
): void {
  const current = state.current(bucket, key)
  const noneMatch = headers['if-none-match']
  const match = headers['if-match']
  if (noneMatch !== undefined && noneMatch !== '*') {
    throw new S3Failure(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented')
  }
  if (noneMatch !== undefined && current !== null) throw preconditionFailed()
  if (match === undefined) return
  if (current === null) throw noSuchKey()
  if (!etagMatches(match, current.etag)) throw preconditionFailed()
}

export function lockOf(bucket: Bucket, headers: Readonly<Record<string, string>>): Lock | null {
  const mode = headers['x-amz-object-lock-mode']
  const until = headers['x-amz-object-lock-retain-until-date']
  const { defaultRetentionDays: days } = bucket.settings
  if (mode === undefined && until === undefined) {
    if (days === null) return null
    return { mode: 'GOVERNANCE', until: new Date(Date.now() + days * 24 * 60 * 60 * 1000).toISOString() }
  }
  if (!bucket.settings.objectLock) throw lockMissing()
  const lock = { mode: mode ?? '', until: until ?? '' }
  checkLock(lock)
  return lock
}

/** What answers to writes tell: the version, and how it is encrypted. */
export function writtenHeaders(bucket: Bucket, version: StoredVersion): Record<string, string> {
  const { claimedEncryption } = bucket.settings
  const { 'x-amz-version-id': id } = versionHeaders(bucket, version)
  const told = claimedEncryption ?? version.encryption
  return {
    ...(id === undefined ? {} : { 'x-amz-version-id': id }),
    ...(told === 'none' ? {} : encryptionHeaders(told)),
  }
}

export function checksumHeaders(checksum: Checksum | null): Record<string, string> {
  if (checksum === null) return {}
  return { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value, 'x-amz-checksum-type': checksum.type }
}

function versionHeaders(bucket: Bucket, version: StoredVersion): Record<string, string> {
  const id: Record<string, string> =
    bucket.settings.versioning === null ? {} : { 'x-amz-version-id': version.versionId }
  return { ...id, ...encryptionHeaders(version.encryption) }
}

function encryptionHeaders({ algorithm, key }: Encryption): Record<string, string> {
  return {
    'x-amz-server-side-encryption': algorithm,
    ...(key === undefined ? {} : { 'x-amz-server-side-encryption-aws-kms-key-id': key }),
  }
}

/** What the request asks for, else what the bucket does by default; a key by its id is answered by its ARN. */
export function encryptionOf({ settings }: Bucket, headers: Readonly<Record<string, string>>): Encryption {
  const algorithm = headers['x-amz-server-side-encryption']
  if (algorithm === undefined) return settings.encryption
  if (algorithm === 'AES256') return { algorithm }
  if (algorithm !== 'aws:kms') {
    throw new S3Failure(400, 'InvalidEncryptionAlgorithmError', 'The encryption request you specified is not valid.')
  }
  const key = headers['x-amz-server-side-encryption-aws-kms-key-id'] ?? settings.encryption.key ?? 'aws/s3'
  return {
    algorithm,
    key: key.startsWith('arn:') ? key : `arn:aws:kms:${settings.region}:${settings.owner}:key/${key}`,
  }
}

function find(state: S3State, bucket: Bucket, { key, query }: S3Request): StoredVersion {
  const versionId = query.get('versionId')
  if (versionId === null) {
    const current = state.current(bucket, key)
    if (current === null) throw noSuchKey()
    return current
  }
  const version = bucket.objects.get(key)?.find((held) => held.versionId === versionId)
  if (version === undefined) throw new S3Failure(404, 'NoSuchVersion', 'The specified version does not exist.')
  if (version.marker) throw new S3Failure(405, 'MethodNotAllowed', 'The specified method is not allowed.')
  return version
}

function rangeOf(range: string | undefined, size: number): { readonly start: number; readonly end: number } | null {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? []
  if (from === '' && to === '') return null // S3 passes over a range that it does not understand
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size : Math.min(size, Number(to) + 1)
  if (start >= size || end <= start) throw new S3Failure(416, 'InvalidRange', 'The requested range is not satisfiable')
  return { start, end }
}

function etagMatches(condition: string, etag: string): boolean {
  return condition
    .split(',')
    .some((one) => one.trim() === '*' || one.trim().replaceAll('"', '') === etag.replaceAll('"', ''))
}

function checkLock({ mode, until }: Lock): void {
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE')
    throw new S3Failure(400, 'InvalidArgument', 'Unknown wormMode directive.')
  if (!(Date.parse(until) > Date.now())) {
    throw new S3Failure(400, 'InvalidArgument', 'The retain until date must be in the future!')
  }
}

function lockMissing(): S3Failure {
  return new S3Failure(400, 'InvalidRequest', 'Bucket is missing Object Lock Configuration')
}

function preconditionFailed(): S3Failure {
  return new S3Failure(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
}

function noSuchKey(): S3Failure {
  return new S3Failure(404, 'NoSuchKey', 'The specified key does not exist.')
}
