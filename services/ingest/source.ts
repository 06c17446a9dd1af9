import type { AppError } from '#core/errors.ts'
import type { Fields } from '#core/value.ts'
import type { CheckLine } from '#core/check.ts'

/**
 * The port to a place that records come from. A shard is the unit of leasing: one reader reads it alone (a Kinesis shard, a
 * whole folder). A partition is the unit of position within a shard (the same Kinesis shard, one file). An adapter neither
 * retries nor logs; it maps its vendor's errors to `AppError` codes.
 */
export interface Source {
  readonly name: string
  /**
   * New items keep coming. Reading a shard then ends only by `signal`, or when the shard itself has ended for good (a Kinesis
   * shard that was split).
   */
  readonly live?: true
  /** The shards that can be read now; a live source is asked again and again. */
  shards(): Promise<readonly Shard[]>
  /**
   * Yields the items of a shard in a deterministic order, from each partition those after its position. Reading ahead is
   * bounded: nothing is fetched before it is requested. `positions` holds the mark of the last item read of each partition, as
   * the catalog stores them.
   */
  read(shard: string, positions: ReadonlyMap<string, string>, options: ReadOptions): AsyncIterable<SourceItem>
  /**
   * Yields these items once more, by partition and position, as far as the source still has them; `positions` as for `read`. An
   * error that keeps one partition from being read is passed to `report`.
   */
  reread?(
    shard: string,
    wanted: ReadonlyMap<string, ReadonlySet<string>>,
    positions: ReadonlyMap<string, string>,
    report: (problem: AppError) => void,
  ): AsyncIterable<SourceItem>
  /** Tells the source that everything up to these marks is staged. Called only after the catalog's transaction. */
  acknowledge?(shard: string, positions: ReadonlyMap<string, string>): Promise<void>
  /** How far, in milliseconds, reading a shard is behind what arrived last; null while that is not known. */
  lagMs?(shard: string): number | null
  /**
   * For `credence check`: makes harmless calls and reports each in a line; with positions, also how far reading is behind. Never
   * throws.
   */
  check?(positions?: (shard: string) => Promise<ReadonlyMap<string, string>>): Promise<readonly CheckLine[]>
  close?(): Promise<void>
}

export interface Shard {
  readonly id: string
  /** Shards that must be read to their end before this one, so that records of one key stay in order. */
  readonly after?: readonly string[]
}

export interface ReadOptions {
  /** Ends the reading soon, without an error. */
  readonly signal: AbortSignal
  /** Receives the error that keeps one partition from being read, while the others are read. If absent, the error is thrown. */
  readonly report?: ((problem: AppError) => void) | undefined
  /** Grows with every new reader of the shard. A source that can distinguish readers uses it to refuse the older one. */
  readonly fence?: number | undefined
}

/** One item as the source holds it. */
export interface SourceItem {
  readonly partition: string
  /** Sorts after every earlier position of its partition by the source's own order. Only the source can interpret it. */
  readonly position: string
  /** What the catalog stores to continue after this item, if that is more than the position: for example which file it was. */
  readonly mark?: string
  /** The item stands for what could not be read, and is read again once there is more. Its dead letter is named by its mark. */
  readonly breaks?: true
  /**
   * The source may deliver the item again although it was staged, and positions do not show it. Partition and position are
   * stored, and a second delivery is dropped.
   */
  readonly redeliverable?: true
  readonly contributor?: string
  /** Further fields that the source knows, such as a label that is the name of a folder. The body's own fields win. */
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
 * Fields that a file format has separated already. `untyped`: all values are text, to which the contract gives types (CSV); with
 * `decimal_comma`, a comma may stand before decimals.
 */
export interface FieldsBody {
  readonly kind: 'fields'
  readonly fields: Fields
  readonly bytes: number
  readonly untyped?: true | 'decimal_comma'
}

/** The format is broken here; `raw` is what could be kept of the bytes. */
export interface BrokenBody {
  readonly kind: 'broken'
  readonly raw: Uint8Array
  readonly reason: 'undecodable' | 'invalid_utf8' | 'missing_part' | 'too_large'
  readonly detail: string
}

export const CONTENT_TYPES = ['application/json', 'message/rfc822', 'text/plain'] as const
export type ContentType = (typeof CONTENT_TYPES)[number]
