import type { Body, BrokenBody } from '../source.ts'
import type { ImageReading } from './image/reduce.ts'

/** The port of one file format. Readers stream, so their memory does not grow with the file. */
export interface FormatReader {
  readonly name: FormatName
  /** Recognises a file by its name (without `.gz`, `.zst`) and its first bytes. */
  recognises(name: string, head: Uint8Array): boolean
  /**
   * Yields the items from index `from` on, in batches and in order. Throws `FormatError` if the rest of the file cannot be read;
   * a later read from any index yields the same items and fails at the same place.
   */
  read(file: InputFile, from: number, limits: FormatLimits): AsyncIterable<readonly FormatItem[]>
  /** Names of the files of which a file with this name is only a part: labels belong to their images. */
  partOf?(name: string): readonly string[]
  /** The whole file is one item, so a file that has grown is another item. */
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
  /**
   * Where the item lay before it was put into this file, with `/` between folders: its path within an archive, or the path
   * beside an image in a row.
   */
  readonly path?: string
  /** Only on the first item: names of fields of the file that stand beside all items and belong to none. */
  readonly leftOut?: readonly string[]
}

export interface FormatLimits {
  /** An item above this size becomes `too_large`; it is never held in memory as a whole. */
  readonly itemBytes: number
  /** Seconds of computing for one step of a decoder that cannot be interrupted otherwise. */
  readonly decodeSeconds?: number
  /** How many times as long that much computing may take on a busy machine. */
  readonly decodePatience?: number
  /**
   * How images of different sizes are brought to one shape; absent if each is read as it is. `files`: images in an archive's
   * samples stay undecoded files, for callers that only inspect them.
   */
  readonly images?: ImageReading | 'files'
}

/** A file as readers see it: its decompressed contents. */
export interface InputFile {
  readonly name: string
  head(): Promise<Uint8Array>
  /** The contents from byte `start` on. Throws `FormatError` if compressed data is broken or expands too far. */
  stream(start?: number): AsyncIterable<Uint8Array>
  /** Random access; a compressed file is unpacked into memory. Throws `FormatError` if that is too much, or broken. */
  random(): Promise<RandomAccess>
  /**
   * The file's path, for a reader that opens it itself; or its bytes, which threads may share, if it lies in an archive. Throws
   * as `random` does.
   */
  whereabouts(): Promise<string | Uint8Array>
  /** The file with one of these names in the same folder, compressed or not. */
  sibling(names: readonly string[]): Promise<InputFile | null>
}

export interface RandomAccess {
  readonly size: number
  /** Returns fewer bytes only at the end of the file. */
  read(start: number, end: number): Promise<Uint8Array>
  stream(start: number, end: number): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/** The file cannot be read any further. The message never quotes the file. */
export class FormatError extends Error {
  readonly reason: BrokenBody['reason']
  /** The bytes of the broken item, as far as they are there. */
  readonly raw: Uint8Array | undefined

  constructor(reason: BrokenBody['reason'], message: string, raw?: Uint8Array) {
    super(message)
    this.name = 'FormatError'
    this.reason = reason
    this.raw = raw
  }
}

/** Normalises a path that a file has elsewhere: `/` between folders, without empty or `.` parts. */
export function placeOf(path: string): string {
  return path
    .split(/[/\\]/)
    .filter((step) => step !== '' && step !== '.')
    .join('/')
}

/** Bytes that are kept of an item that is too large to hold. */
export const RAW_KEPT = 64 * 1024

/** Bytes of a file's beginning by which its format is recognised. */
export const HEAD_BYTES = 64 * 1024

/** Makes a broken body. `raw` is kept whole; the reader has already cut it to `RAW_KEPT` if the item was too large. */
export function broken(reason: BrokenBody['reason'], detail: string, raw: Uint8Array = new Uint8Array()): BrokenBody {
  return { kind: 'broken', reason, detail, raw: new Uint8Array(raw) }
}

/**
 * Makes a broken body from an error, with the error's bytes unless `raw` is given. Throws an error that does not concern the
 * file.
 */
export function brokenBy(error: unknown, raw?: Uint8Array): BrokenBody {
  if (!(error instanceof FormatError)) throw error
  return broken(error.reason, error.message, raw ?? error.raw)
}
