import type { Body, BrokenBody } from '../source.ts'
import type { ImageReading } from './image/reduce.ts'

/** One file format. Readers stream: their memory does not grow with the file. */
export interface FormatReader {
  readonly name: FormatName
  /** By the file's name (without `.gz`, `.zst`) and the first bytes of its contents. */
  recognises(name: string, head: Uint8Array): boolean
  /**
   * Items from index `from` on, in batches and in order. Throws `FormatError` where the rest of the file cannot be read;
   * a later read from any index yields the same items and fails at the same place.
   */
  read(file: InputFile, from: number, limits: FormatLimits): AsyncIterable<readonly FormatItem[]>
  /** Names of files that a file of this name is only a part of: labels belong to their images. */
  partOf?(name: string): readonly string[]
  /** A file is one item: one that has grown is another. */
  readonly isOneItem?: true
}

export const FORMAT_NAMES = [
  'jsonl',
  'json',
  'csv',
  'idx',
  'image',
  'npy',
  'npz',
  'parquet',
  'arrow',
  'webdataset',
  'email',
  'text',
] as const
export type FormatName = (typeof FORMAT_NAMES)[number]

export interface FormatItem {
  readonly index: number
  readonly body: Body
  /** Where it lay before it was put into this file, with `/` between folders: its path within an archive, or beside an image in a row. */
  readonly path?: string
  /** Of the first item: names of what stands beside all of them in the file, and is no part of any. */
  readonly leftOut?: readonly string[]
}

export interface FormatLimits {
  /** An item above this becomes `too_large`; it is never held whole. */
  readonly itemBytes: number
  /** How much computing a step of a decoder that cannot be interrupted otherwise may take. */
  readonly decodeSeconds?: number
  /** How many times as long a busy machine may take for that much computing. */
  readonly decodePatience?: number
  /**
   * Images are of any size, and are brought to one; absent where each is read as it is. `files`: those of an archive's samples
   * stay the files that they are, to be looked at alone.
   */
  readonly images?: ImageReading | 'files'
}

/** A file as readers see it: its contents, unwrapped. */
export interface InputFile {
  readonly name: string
  head(): Promise<Uint8Array>
  /** The contents from byte `start` on. Throws `FormatError` where compressed data is broken or expands beyond reason. */
  stream(start?: number): AsyncIterable<Uint8Array>
  /** Of a compressed file, what is within, in memory. Throws `FormatError` where that is too much, or broken. */
  random(): Promise<RandomAccess>
  /** Where the file is, for a reader that opens it itself; its bytes, which threads may share, where it lies in an archive. Throws as `random` does. */
  whereabouts(): Promise<string | Uint8Array>
  /** The file of this name in the same folder, compressed or not. */
  sibling(names: readonly string[]): Promise<InputFile | null>
}

export interface RandomAccess {
  readonly size: number
  /** Fewer bytes only at the end of the file. */
  read(start: number, end: number): Promise<Uint8Array>
  stream(start: number, end: number): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/** The file cannot be read from here on. The message never quotes the file. */
export class FormatError extends Error {
  readonly reason: BrokenBody['reason']
  /** What was there of the item that broke. */
  readonly raw: Uint8Array | undefined

  constructor(reason: BrokenBody['reason'], message: string, raw?: Uint8Array) {
    super(message)
    this.name = 'FormatError'
    this.reason = reason
    this.raw = raw
  }
}

/** A path that a file has somewhere else, with `/` between folders and without what leads to none of them. */
export function placeOf(path: string): string {
  return path
    .split(/[/\\]/)
    .filter((step) => step !== '' && step !== '.')
    .join('/')
}

/** How much is kept of an item that is too large to be held. */
export const RAW_KEPT = 64 * 1024

/** How many bytes of its beginning a file is recognised by. */
export const HEAD_BYTES = 64 * 1024

/** `raw` is kept whole: what is above the limit of an item was cut to `RAW_KEPT` where it was read. */
export function broken(reason: BrokenBody['reason'], detail: string, raw: Uint8Array = new Uint8Array()): BrokenBody {
  return { kind: 'broken', reason, detail, raw: new Uint8Array(raw) }
}

/** What an error makes of the item that it broke, its bytes the error's own unless `raw` are given. Throws what says nothing of the file. */
export function brokenBy(error: unknown, raw?: Uint8Array): BrokenBody {
  if (!(error instanceof FormatError)) throw error
  return broken(error.reason, error.message, raw ?? error.raw)
}
