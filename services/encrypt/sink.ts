import type { CheckLine } from '#core/check.ts'
import type { Tensor } from '#core/tensor.ts'

/**
 * The port to a table that admitted records are delivered to, besides the clean zone. One deliverer at a time follows a
 * dataset's chain, link by link. For each link and each of its two tables it takes these steps, every one of which may be
 * repeated after a crash, so that each row is there exactly once:
 *
 * 1. `open`: returns a token for a batch that nobody sees. The token is stored in the catalog **before** anything is
 *    appended, so that no second batch is ever begun for the same link.
 * 2. `append`, in order, from row 0. Row k of a link must be the same record on every attempt; how the rows are divided into
 *    calls may differ.
 * 3. `commit`: all rows appear at once.
 *
 * If `append` or `commit` throws `not_found` (`batch_gone`), the service has forgotten the token, which it does days later. Then
 * `count` says whether that link's rows are there; if none are, `open` begins again.
 *
 * What a link takes back goes the same way, into the table of revocations: a row `(record, n)` there says that no row of the
 * record stands that came with a link before n. So nothing is edited, the pipeline needs no right to query or delete, and both
 * tables keep the chain's history. A view over the two tables shows what stands now. For a link that releases or revokes,
 * revocations are delivered first, then rows: in between, a record is missing rather than there twice.
 */
export interface Sink {
  readonly name: string
  /**
   * Makes both tables and the view, or adds new columns. Throws `invalid` if a column would change its type, or a table is not
   * encrypted with the configured key.
   */
  prepare(schema: SinkSchema): Promise<void>
  open(batch: Batch): Promise<Token>
  /**
   * Adds rows, starting at row `offset` of the batch. Skips rows that are there already. Throws `conflict` if rows before
   * `offset` are missing.
   */
  append(token: Token, offset: number, rows: readonly SinkRow[]): Promise<void>
  /**
   * Makes the batch's rows visible, all at once; does nothing if that was done before. Throws `corrupt` unless there are exactly
   * `rowCount` rows.
   */
  commit(token: Token, rowCount: number): Promise<void>
  /** How many rows of this link are visible: none, or all. */
  count(batch: Batch): Promise<number>
  /** Checks what stands between this sink and working safely, and reports it line by line. Never throws. */
  check(): Promise<CheckLine[]>
  close(): Promise<void>
}

export interface Batch {
  /** The link of the dataset's chain, from 1. */
  readonly ordinal: number
  readonly into: 'admitted' | 'revoked'
}

/** Only the sink that made it can interpret it; it can be stored as text. */
export type Token = string

/** The columns of a contract's records; a sink adds `OWN_COLUMNS` and `EXTRA`. */
export interface SinkSchema {
  /** In the order of their names. */
  readonly columns: readonly SinkColumn[]
}

export interface SinkColumn {
  /** The field's name made into a column's name: letters, digits and `_`, unique even if case is ignored. */
  readonly name: string
  readonly field: string
  readonly type: ColumnType
}

/**
 * - `json`: canonical JSON, for lists, objects and fields of more than one type
 * - `tensor`: a record of `dtype`, `shape` and `data` (row-major, little-endian), so that a row explains itself
 * - `sealed`: ciphertext of a sensitive field, whatever its type
 */
export type ColumnType = 'string' | 'integer' | 'number' | 'boolean' | 'json' | 'tensor' | 'sealed'

/** The columns that describe the row itself. Times are microseconds since 1970. */
export const OWN_COLUMNS = {
  _credence_record: 'string',
  _credence_window: 'string',
  _credence_manifest: 'integer',
  _credence_ingested: 'time',
} as const

/**
 * The column for fields that the contract's schema does not name and values that do not fit their column: one object, as JSON.
 */
export const EXTRA = '_credence_extra'

export type SinkValue = string | number | boolean | Uint8Array | Tensor

/** Values by column; a column without a value is absent. */
export type SinkRow = { readonly [column: string]: SinkValue }
