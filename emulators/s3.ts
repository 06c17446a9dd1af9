import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LOOPBACK, PATIENT, type Emulator, type EmulatorOptions } from './emulator.ts'
import { answer } from './s3/answers.ts'
import { NEW_BUCKET } from './s3/buckets.ts'
import { S3Failure } from './s3/failure.ts'
import { S3Faults, type OperationFault } from './s3/faults.ts'
import type { AccessKey } from './s3/signature.ts'
import { S3State, type BucketSettings } from './s3/state.ts'

/** The access key that the emulator knows unless it is given others. */
export const S3_EMULATOR_KEY: AccessKey = { accessKeyId: 'AKIACREDENCEEMULATOR', secretAccessKey: 'emulator-secret' }

export interface S3EmulatorOptions extends EmulatorOptions {
  readonly keys?: readonly AccessKey[]
  /** Made at the start, unless they are in the folder already. */
  readonly buckets?: Readonly<Record<string, Partial<BucketSettings>>>
}

export interface S3Emulator extends Emulator {
  /** Operations so far, by name: several of them need the same permission. */
  readonly operations: readonly string[]
  createBucket(name: string, settings?: Partial<BucketSettings>): void
  configure(name: string, settings: Partial<BucketSettings>): void
  failOperation(fault: OperationFault): void
  /** Flips a bit of the current version, at rest. */
  damage(bucket: string, key: string): void
  /** How many uploads to a bucket were begun, and neither completed nor aborted. */
  unfinishedUploads(bucket: string): number
}

/**
 * Amazon S3 in path style: objects with conditions, versions, checksums, object lock and multipart uploads; listings; the
 * settings of buckets; signed requests only (Signature Version 4). STS's GetCallerIdentity is at `/`.
 */
export async function startS3(options: S3EmulatorOptions = {}): Promise<S3Emulator> {
  const { port = 0, host = LOOPBACK, folder, keys = [S3_EMULATOR_KEY], buckets = {} } = options
  const state = new S3State(folder)
  const faults = new S3Faults()
  const make = (name: string, settings: Partial<BucketSettings>) =>
    state.setBucket(name, { ...NEW_BUCKET, ...settings })
  for (const [name, settings] of Object.entries(buckets)) if (!state.buckets.has(name)) make(name, settings)

  const server = createServer(PATIENT, (incoming, outgoing) => {
    // a client that broke the connection is answered by nobody
    answer({ state, faults, keys }, incoming, outgoing).catch(() => incoming.socket.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: faults.book.calls,
    operations: faults.operations,
    inject: (fault) => faults.book.inject(fault),
    clearFaults: () => faults.clear(),
    createBucket: (name, settings = {}) => make(name, settings),
    configure(name, settings) {
      make(name, { ...state.buckets.get(name)?.settings, ...settings })
    },
    failOperation: (fault) => faults.add(fault),
    damage(name, key) {
      const bucket = state.buckets.get(name)
      const version = bucket === undefined ? null : state.current(bucket, key)
      if (version === null) throw new S3Failure(404, 'NoSuchKey', `nothing to damage at ${name}/${key}`)
      const bytes = Buffer.from(state.blob(version.blob))
      bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
      state.overwriteBlob(version.blob, bytes)
    },
    unfinishedUploads: (name) => [...state.uploads.values()].filter(({ upload }) => upload.bucket === name).length,
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}
