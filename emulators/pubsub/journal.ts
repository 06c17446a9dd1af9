import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { WireMessage, WireSubscription, WireTopic } from './protocol.ts'

/** A message as the service keeps it. */
export interface StoredMessage {
  readonly id: string
  readonly data: Uint8Array
  readonly attributes: Readonly<Record<string, string>>
  readonly orderingKey: string
  readonly publishedMs: number
}

/** What changes for good. */
export type Entry =
  | { readonly kind: 'topic'; readonly topic: WireTopic }
  | { readonly kind: 'topic-gone'; readonly name: string }
  | { readonly kind: 'subscription'; readonly config: WireSubscription }
  | { readonly kind: 'subscription-gone'; readonly name: string }
  | { readonly kind: 'published'; readonly topic: string; readonly messages: readonly StoredMessage[] }
  | { readonly kind: 'kept'; readonly subscription: string; readonly messages: readonly KeptMessage[] }
  | { readonly kind: 'acknowledged'; readonly subscription: string; readonly ids: readonly string[] }
  | { readonly kind: 'attempted'; readonly subscription: string; readonly ids: readonly string[] }

/** A message of one subscription, as a compacted journal has it. */
export interface KeptMessage extends StoredMessage {
  readonly attempts: number
}

const COMPACT_AFTER = 64 * 1024 * 1024
const NEWLINE = 0x0a

/** Keeps entries in a file of lines; each is in the operating system's hands before `append` returns. */
export class Journal {
  readonly #path: string
  #file: number
  #appended = 0

  private constructor(path: string) {
    this.#path = path
    this.#file = openSync(path, 'a')
  }

  /** Opens the journal of a folder; what it holds so far. A line that was being written as the process died is left out. */
  static open(folder: string): { readonly journal: Journal; readonly entries: readonly Entry[] } {
    mkdirSync(folder, { recursive: true })
    const path = join(folder, 'pubsub.jsonl')
    const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
    const entries: Entry[] = []
    for (let start = 0, end; (end = bytes.indexOf(NEWLINE, start)) >= 0; start = end + 1) {
      entries.push(decodeEntry(bytes.toString('utf8', start, end)))
    }
    return { journal: new Journal(path), entries }
  }

  append(entry: Entry): void {
    const line = Buffer.from(encodeEntry(entry))
    for (let written = 0; written < line.length;) written += writeSync(this.#file, line, written)
    this.#appended += line.length
  }

  /** Whether it is worth to write down what is left of it. */
  get isLong(): boolean {
    return this.#appended > COMPACT_AFTER
  }

  /** Puts these entries in place of all that were. */
  compact(entries: Iterable<Entry>): void {
    const fresh = openSync(`${this.#path}.new`, 'w')
    for (const entry of entries) writeFileSync(fresh, encodeEntry(entry))
    closeSync(fresh)
    renameSync(`${this.#path}.new`, this.#path)
    closeSync(this.#file)
    this.#file = openSync(this.#path, 'a')
    this.#appended = 0
  }

  close(): void {
    closeSync(this.#file)
  }
}

export function wireMessage({ id, data, attributes, orderingKey, publishedMs }: StoredMessage): WireMessage {
  const publishTime = { seconds: String(Math.floor(publishedMs / 1000)), nanos: (publishedMs % 1000) * 1_000_000 }
  return { data, attributes, messageId: id, publishTime, orderingKey }
}

function encodeEntry(entry: Entry): string {
  if (entry.kind !== 'published' && entry.kind !== 'kept') return `${JSON.stringify(entry)}\n`
  const messages = entry.messages.map((message) => ({
    ...message,
    data: Buffer.from(message.data).toString('base64'),
  }))
  return `${JSON.stringify({ ...entry, messages })}\n`
}

function decodeEntry(line: string): Entry {
  const entry = JSON.parse(line) as Entry
  if (entry.kind !== 'published' && entry.kind !== 'kept') return entry
  for (const message of entry.messages as unknown as { data: unknown }[]) {
    message.data = Buffer.from(message.data as string, 'base64')
  }
  return entry
}
