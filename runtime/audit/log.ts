import type { ChainHead } from '#core/manifest.ts'

export interface AuditEntry {
  /** From 1, without a gap. */
  readonly seq: number
  readonly at: string
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly detail: { readonly [key: string]: string | number | boolean | null }
  /** Hash of the entry before, hex; 64 zeros before the first. */
  readonly previous: string
  /** SHA-256 over the canonical JSON of everything above. */
  readonly hash: string
}

export interface AuditCheckpoint {
  readonly seq: number
  readonly hash: string
  readonly at: string
  readonly keyid: string
  /** Ed25519 over the canonical JSON of seq, hash, at and, where there are any, heads; base64. */
  readonly signature: string
  /** The last known link of each dataset's chain at that time; absent on checkpoints of earlier versions. */
  readonly heads?: Readonly<Record<string, ChainHead>>
}

export interface AuditCatalog {
  append(actor: string, action: string, subject: string, detail?: AuditEntry['detail']): Promise<AuditEntry>
  /** All entries after `after`, in order, read in pages. */
  entries(after?: number): AsyncIterable<AuditEntry>
  /** The entries about one subject, in order. */
  about(subject: string): Promise<AuditEntry[]>
  head(): Promise<{ readonly seq: number; readonly hash: string }>
  addCheckpoint(checkpoint: AuditCheckpoint): Promise<void>
  checkpoints(): Promise<AuditCheckpoint[]>
}
