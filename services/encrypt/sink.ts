import type { CheckLine } from '#core/check.ts'
import type { Tensor } from '#core/tensor.ts'

/**
 * The port to a table that admitted records are delivered to, besides the clean zone. One deliverer at a time follows a
 * dataset's chain, link by link; for each link and each of its two tables it takes these steps, every one of which may be
 * repeated after a crash, so that each row is there exactly once:
 *
 * 1. `open`: a token for a batch that nobody sees. It is kept in the catalog **before** anything is appended, so that no
 *    second batch is ever begun for the same link.
 * 2. `append`, in order, from row 0. Row k of a link must be the same record on every attempt; how the rows are cut into
 *    calls may differ.
 * 3. `commit`: all rows appear at once.
 *
 * When `append` or `commit` throws `not_found` (`batch_gone`), the service has forgotten the token, which it does days
 * later: `count` tells whether that link's rows are there; when none are, `open` begins again.
 *
 * What a link takes back goes the same way, into the table of revocations: a row `(record, n)` there says that no row of
 * the record that came with a link before n stands. So nothing is edited, the pipeline needs no right to query or delete,
 * and both tables keep the chain's history. A view over the two shows what stands now. For a link that releases or revokes,
 * revocations are delivered first, then rows: in between, a record is missing rather than there twice.
 */
export interface Sink {
  readonly name: string
  /**
   * Makes both tables and the view, or adds the columns that are new. Throws `invalid` when a column would change its type,
   * or a table is not under the configured key.
   */
  prepare(schema: SinkSchema): Promise<void>
  open(batch: Batch): Promise<Token>
  /** Adds rows from row `offset` of the batch on. Silent about those that are there. Throws `conflict` when rows before `offset` are missing. */
  append(token: Token, offset: number, rows: readonly SinkRow[]): Promise<void>
  /** Shows the batch's rows, all at once; silent when it was done before. Throws `corrupt` unless there are `rowCount` of them. */
  commit(token: Token, rowCount: number): Promise<void>
  /** How many rows of this link the table shows: none, or all. */
  count(batch: Batch): Promise<number>
  /** What stands between this sink and working safely, line by line. Never throws. */
  check(): Promise<CheckLine[]>
  close(): Promise<void>
}

export interface Batch {
  /** The link of the dataset's chain, from 1. */
  readonly ordinal: number
  readonly into: 'admitted' | 'revoked'
}

/** Opaque to everybody but the sink that made it; fit to be kept as text. */
export type Token = string

/** The columns of a contract's records; a sink adds those of `OWN_COLUMNS` and `EXTRA`. */
export interface SinkSchema {
  /** In the order of their names. */
  readonly columns: readonly SinkColumn[]
}

export interface SinkColumn {
  /** The field's name, fit for a column: letters, digits and `_`, unique whatever the case. */
  readonly name: string
  readonly field: string
  readonly type: ColumnType
}

/**
 * - `json`: canonical JSON, for lists, objects and what is of more than one type
 * - `tensor`: a record of `dtype`, `shape` and `data` (row-major, little-endian), so that a row explains itself
 * - `sealed`: ciphertext of a sensitive field, whatever its type
 */
export type ColumnType = 'string' | 'integer' | 'number' | 'boolean' | 'json' | 'tensor' | 'sealed'

/** What every row says about itself. Times are microseconds since 1970. */
export const OWN_COLUMNS = {
  _credence_record: 'string',
  _credence_window: 'string',
  _credence_manifest: 'integer',
  _credence_ingested: 'time',
} as const

/** Fields that the contract's schema does not name, and values that do not fit their column: one object, as JSON. */
export const EXTRA = '_credence_extra'

export type SinkValue = string | number | boolean | Uint8Array | Tensor

/** By column; a column without a value is absent. */
export type SinkRow = { readonly [column: string]: SinkValue }
