import type { Contract } from '#core/contract.ts'
import type { FormatName } from '../formats/format.ts'
import type { RoleHints } from './roles.ts'

/** n flat vectors, row-major; whether they are square images is for the scan to say. */
export type LooksLikeImage = (vectors: {
  readonly rows: number
  readonly cols: number
  readonly data: Float32Array
}) => { readonly height: number; readonly width: number } | null

export interface InferOptions extends RoleHints {
  readonly looksLikeImage?: LooksLikeImage
  /** How many records to look at. */
  readonly records?: number
  /** A table of more columns is refused. */
  readonly mostColumns?: number
}

/** What a file or a folder seems to hold. */
export interface Inference {
  readonly contract: Contract
  readonly format: FormatName | null
  /** For a folder: what its paths say, as the file source takes it. Absent where the default will do. */
  readonly path?: string
  readonly sampled: number
  readonly unreadable: number
  /** Sentences for a person: what was assumed, and what could not be told. */
  readonly notes: readonly string[]
}
