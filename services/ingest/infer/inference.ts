import { contractSchema, type Contract } from '#core/contract.ts'
import type { FormatName } from '../formats/format.ts'
import { labelPath, withLabel } from './label-folders.ts'
import type { Found } from './role-notes.ts'
import type { RoleHints } from './roles.ts'
import type { Sample } from './sample.ts'

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

/** A contract by what was found in a sample; with a label where folders say it. */
export function inferenceOf(
  { fields, formats, unreadable }: Sample,
  { schema, features, roles, folders }: Omit<Found, 'columns' | 'sampled'>,
  notes: readonly string[],
): Inference {
  const { label, contributor, id } = roles
  const contract = contractSchema.parse({
    version: 1,
    schema: folders === null ? schema : withLabel(schema),
    features,
    ...(folders === null ? label !== undefined && { label: label.name } : { label: 'label' }),
    ...(contributor !== undefined && { contributor: contributor.name }),
    ...(id !== undefined && { id: id.name }),
  })
  return {
    contract,
    format: formats[0] ?? null,
    ...(folders !== null && { path: labelPath(folders) }),
    sampled: fields.length,
    unreadable,
    notes,
  }
}
