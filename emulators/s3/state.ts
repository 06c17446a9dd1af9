import { randomUUID } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import type { Checksum } from './checksums.ts'

export interface BucketSettings {
  readonly region: string
  readonly owner: string
  /** Null: there is no such configuration. */
  readonly publicAccessBlock: Readonly<Record<PublicAccessBlock, boolean>> | null
  /** Null: there is no policy. */
  readonly policyIsPublic: boolean | null
  readonly encryption: Encryption
  readonly versioning: 'Enabled' | 'Suspended' | null
  readonly objectLock: boolean
  /** Retention of every new version, in days. */
  readonly defaultRetentionDays: number | null
  readonly lifecycle: readonly LifecycleRule[]
  /** What answers to writes say of the encryption, whatever was asked: S3 would not do that, others might. */
  readonly claimedEncryption: Encryption | 'none' | null
}

export type PublicAccessBlock = 'BlockPublicAcls' | 'IgnorePublicAcls' | 'BlockPublicPolicy' | 'RestrictPublicBuckets'

export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms'
  /** ARN. */
  readonly key?: string
}

export interface LifecycleRule {
  readonly prefix: string
  readonly noncurrentDays?: number
  readonly abortUploadsAfterDays?: number
}

/** One version of an object; a delete marker has no bytes. */
export interface StoredVersion {
  readonly key: string
  /** `null` where the bucket has no versions. */
  readonly versionId: string
  readonly marker: boolean
  /** The blob that has the bytes. */
  readonly blob: string
  readonly size: number
  readonly etag: string
  readonly at: string
  readonly headers: Readonly<Record<string, string>>
  readonly checksum: Checksum | null
  readonly encryption: Encryption
  readonly lock: Lock | null
}

export interface Lock {
  readonly mode: string
  readonly until: string
}

export interface Upload {
  readonly id: string
  readonly bucket: string
  readonly key: string
  /** Of the request that began it: what the object shall have. */
  readonly headers: Readonly<Record<string, string>>
}

export interface Part {
  readonly number: number
  readonly blob: string
  readonly size: number
  readonly etag: string
  readonly checksum: Checksum | null
}

export interface Bucket {
  settings: BucketSettings
  /** Versions of each key, the current one last. */
  readonly objects: Map<string, StoredVersion[]>
}

type Entry =
  | { readonly op: 'bucket'; readonly name: string; readonly settings: BucketSettings }
  | { readonly op: 'version'; readonly bucket: string; readonly version: StoredVersion }
  | { readonly op: 'remove'; readonly bucket: string; readonly key: string; readonly versionId: string }
  | { readonly op: 'upload'; readonly upload: Upload }
  | { readonly op: 'part'; readonly upload: string; readonly part: Part }
  | { readonly op: 'end'; readonly upload: string }

/**
 * Buckets, objects and uploads, in memory or in a folder. Every change is one line of a journal, written before the change is
 * answered, so that it survives SIGKILL; a line that was torn was not answered. Changes are synchronous: one request at a time.
 */
export class S3State {
  readonly buckets = new Map<string, Bucket>()
  readonly uploads = new Map<string, { readonly upload: Upload; readonly parts: Map<number, Part> }>()
  readonly #blobs = new Map<string, Buffer>()
  readonly #folder: string | null

  constructor(folder?: string) {
    this.#folder = folder ?? null
    if (folder === undefined) return
    mkdirSync(path.join(folder, 'blobs'), { recursive: true })
    if (!existsSync(this.#journal())) return
    for (const line of readFileSync(this.#journal(), 'utf8').split('\n').slice(0, -1)) {
      this.#apply(JSON.parse(line) as Entry)
    }
    this.#compact()
  }

  putBlob(bytes: Buffer): string {
    const id = randomUUID()
    if (this.#folder === null) this.#blobs.set(id, bytes)
    else writeFileSync(this.#blobFile(id), bytes)
    return id
  }

  blob(id: string): Buffer {
    return this.#folder === null ? (this.#blobs.get(id) ?? Buffer.alloc(0)) : readFileSync(this.#blobFile(id))
  }

  /** Changes bytes at rest, as a failing disk would. */
  overwriteBlob(id: string, bytes: Buffer): void {
    if (this.#folder === null) this.#blobs.set(id, bytes)
    else writeFileSync(this.#blobFile(id), bytes)
  }

  setBucket(name: string, settings: BucketSettings): void {
    this.#commit({ op: 'bucket', name, settings })
  }

  /** The current version, unless it is a delete marker or there is none. */
  current(bucket: Bucket, key: string): StoredVersion | null {
    const last = bucket.objects.get(key)?.at(-1)
    return last === undefined || last.marker ? null : last
  }

  addVersion(bucket: string, version: StoredVersion): void {
    this.#commit({ op: 'version', bucket, version })
  }

  removeVersion(bucket: string, key: string, versionId: string): void {
    this.#commit({ op: 'remove', bucket, key, versionId })
  }

  beginUpload(upload: Upload): void {
    this.#commit({ op: 'upload', upload })
  }

  addPart(upload: string, part: Part): void {
    this.#commit({ op: 'part', upload, part })
  }

  endUpload(upload: string): void {
    this.#commit({ op: 'end', upload })
  }

  #commit(entry: Entry): void {
    if (this.#folder !== null) appendFileSync(this.#journal(), `${JSON.stringify(entry)}\n`)
    this.#apply(entry)
  }

  #apply(entry: Entry): void {
    if (entry.op === 'bucket') {
      const bucket = this.buckets.get(entry.name)
      if (bucket === undefined) this.buckets.set(entry.name, { settings: entry.settings, objects: new Map() })
      else bucket.settings = entry.settings
    } else if (entry.op === 'version') {
      const { version } = entry
      const versions = this.#versions(entry.bucket, version.key)
      const at = versions.findIndex(({ versionId }) => versionId === version.versionId)
      const renewed = at >= 0 && versions[at]?.blob === version.blob && !version.marker
      if (renewed) versions[at] = version // its lock is another
      else {
        if (at >= 0) this.#forget(versions.splice(at, 1)) // there is one version without an id
        versions.push(version)
      }
    } else if (entry.op === 'remove') {
      const versions = this.#versions(entry.bucket, entry.key)
      const at = versions.findIndex(({ versionId }) => versionId === entry.versionId)
      if (at >= 0) this.#forget(versions.splice(at, 1))
      if (versions.length === 0) this.buckets.get(entry.bucket)?.objects.delete(entry.key)
    } else if (entry.op === 'upload') {
      this.uploads.set(entry.upload.id, { upload: entry.upload, parts: new Map() })
    } else if (entry.op === 'part') {
      const parts = this.uploads.get(entry.upload)?.parts
      const replaced = parts?.get(entry.part.number)
      parts?.set(entry.part.number, entry.part)
      if (replaced !== undefined) this.#forget([replaced])
    } else {
      this.#forget([...(this.uploads.get(entry.upload)?.parts.values() ?? [])])
      this.uploads.delete(entry.upload)
    }
  }

  #versions(name: string, key: string): StoredVersion[] {
    const objects = this.buckets.get(name)?.objects
    const versions = objects?.get(key) ?? []
    objects?.set(key, versions)
    return versions
  }

  #forget(held: readonly { readonly blob: string }[]): void {
    for (const { blob } of held) {
      this.#blobs.delete(blob)
      if (this.#folder !== null && blob !== '') rmSync(this.#blobFile(blob), { force: true })
    }
  }

  /** Writes the journal anew, with what is there. */
  #compact(): void {
    const entries: Entry[] = []
    for (const [name, { settings, objects }] of this.buckets) {
      entries.push({ op: 'bucket', name, settings })
      for (const version of [...objects.values()].flat()) entries.push({ op: 'version', bucket: name, version })
    }
    for (const { upload, parts } of this.uploads.values()) {
      entries.push({ op: 'upload', upload })
      for (const part of parts.values()) entries.push({ op: 'part', upload: upload.id, part })
    }
    // a blob that nothing names was not answered
    const named = new Set(
      entries.map((entry) => ('version' in entry ? entry.version : 'part' in entry ? entry.part : null)?.blob),
    )
    for (const id of readdirSync(this.#blobFile(''))) if (!named.has(id)) rmSync(this.#blobFile(id))
    const temporary = `${this.#journal()}.tmp`
    writeFileSync(temporary, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    renameSync(temporary, this.#journal())
  }

  #journal(): string {
    return path.join(this.#folder ?? '', 'journal.jsonl')
  }

  #blobFile(id: string): string {
    return path.join(this.#folder ?? '', 'blobs', id)
  }
}
