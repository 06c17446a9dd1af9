import type { AppError } from '#core/errors.ts'
import type { Fields } from '#core/value.ts'

/**
 * The port to where records come from. A shard is the unit of leasing: what one reader reads alone (a Kinesis shard, a
 * whole folder); a partition is the unit of position within it (the same Kinesis shard, one file).
 * An adapter neither retries nor logs; it maps its vendor's errors to `AppError` codes.
 */
export interface Source {
  readonly name: string
  shards(): Promise<readonly string[]>
  /**
   * Items of a shard in a deterministic order, each partition from after its position on. Ends when a finite source is
   * exhausted; a live one ends only by `signal`. Reading ahead is bounded: nothing is fetched that nobody asks for.
   * `positions` are the marks of the items read last. What keeps one partition from being read is told to `report`, and
   * the others are read; without `report` it is thrown.
   */
  read(
    shard: string,
    positions: ReadonlyMap<string, string>,
    signal: AbortSignal,
    report?: (problem: AppError) => void,
  ): AsyncIterable<SourceItem>
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
  /** Tells the source that everything up to these positions is staged. Called after the catalog's transaction only. */
  acknowledge?(shard: string, positions: ReadonlyMap<string, string>): Promise<void>
  close?(): Promise<void>
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

/** Fields that a file format already told apart; `untyped` where all are text that the contract has yet to type (CSV). */
export interface FieldsBody {
  readonly kind: 'fields'
  readonly fields: Fields
  readonly bytes: number
  readonly untyped?: true
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
