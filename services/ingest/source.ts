import type { AppError } from '#core/errors.ts'
import type { Fields } from '#core/value.ts'
import type { CheckLine } from '#core/check.ts'

/**
 * The port to where records come from. A shard is the unit of leasing: what one reader reads alone (a Kinesis shard, a
 * whole folder); a partition is the unit of position within it (the same Kinesis shard, one file).
 * An adapter neither retries nor logs; it maps its vendor's errors to `AppError` codes.
 */
export interface Source {
  readonly name: string
  /**
   * New items keep coming. Reading a shard then ends only by `signal`, or once the shard itself has ended for good (a
   * Kinesis shard that was split).
   */
  readonly live?: true
  /** What there is to read now; of a live source, asked again and again. */
  shards(): Promise<readonly Shard[]>
  /**
   * Items of a shard in a deterministic order, each partition from after its position on. Reading ahead is bounded: nothing
   * is fetched that nobody asks for. `positions` are the marks of the items read last, as the catalog has them.
   */
  read(shard: string, positions: ReadonlyMap<string, string>, options: ReadOptions): AsyncIterable<SourceItem>
  /**
   * These items once more, by partition and position, as far as they can be had; `positions` as for `read`. What keeps one
   * partition from being read is told to `report`.
   */
  reread?(
    shard: string,
    wanted: ReadonlyMap<string, ReadonlySet<string>>,
    positions: ReadonlyMap<string, string>,
    report: (problem: AppError) => void,
  ): AsyncIterable<SourceItem>
  /** Tells the source that everything up to these marks is staged. Called after the catalog's transaction only. */
  acknowledge?(shard: string, positions: ReadonlyMap<string, string>): Promise<void>
  /** How far the reading of a shard is behind what arrived last, in milliseconds; null while that is not known. */
  lagMs?(shard: string): number | null
  /** For `credence check`: harmless calls, told line by line; with positions, how far reading is behind. Never throws. */
  check?(positions?: (shard: string) => Promise<ReadonlyMap<string, string>>): Promise<readonly CheckLine[]>
  close?(): Promise<void>
}

export interface Shard {
  readonly id: string
  /** Shards that have to be read to their end before this one, so that records of one key stay in order. */
  readonly after?: readonly string[]
}

export interface ReadOptions {
  /** Ends the reading soon, without an error. */
  readonly signal: AbortSignal
  /**
   * Told what keeps one partition from being read, while the others are read; without it, that is thrown.
   */
  readonly report?: ((problem: AppError) => void) | undefined
  /** Grows with every reader of the shard: a source that can tell readers apart refuses the older one by it. */
  readonly fence?: number | undefined
}

/** One item as the source has it. */
export interface SourceItem {
  readonly partition: string
  /** Sorts after every earlier position of its partition by the source's own order; opaque to everybody else. */
  readonly position: string
  /** What is kept to read on from here, where that is more than the position: which file it was, say. */
  readonly mark?: string
  /** It stands for what could not be read, and is read again when there is more: a dead letter of it is named by its mark. */
  readonly breaks?: true
  /**
   * The source may deliver it again although it was staged, and positions cannot tell: partition and position are kept,
   * and a second delivery is dropped.
   */
  readonly redeliverable?: true
  readonly contributor?: string
  /** What the source knows besides the body, such as a label that is the name of a folder. The body's own fields win. */
  readonly extra?: Fields
  readonly body: Body
}

export type Body = BytesBody | FieldsBody | BrokenBody

/** Bytes still to be decoded. */
export interface BytesBody {
  readonly kind: 'bytes'
  readonly bytes: Uint8Array
  readonly contentType: ContentType
}

/**
 * Fields that a file format already told apart; `untyped` where all are text that the contract has yet to type (CSV), in which
 * a comma may stand before decimals.
 */
export interface FieldsBody {
  readonly kind: 'fields'
  readonly fields: Fields
  readonly bytes: number
  readonly untyped?: true | 'decimal_comma'
}

/** The format is broken here: `raw` is what could be kept of it. */
export interface BrokenBody {
  readonly kind: 'broken'
  readonly raw: Uint8Array
  readonly reason: 'undecodable' | 'invalid_utf8' | 'missing_part' | 'too_large'
  readonly detail: string
}

export const CONTENT_TYPES = ['application/json', 'message/rfc822', 'text/plain'] as const
export type ContentType = (typeof CONTENT_TYPES)[number]
