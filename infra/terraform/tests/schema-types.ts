/**
 * What a resource type takes and gives, read from the provider's own schema in the form that the CDK for Terraform
 * generated from it. It does not tell which values an argument takes, nor which arguments exclude each other.
 */
export interface TypeSchema {
  readonly arguments: ReadonlyMap<string, Argument>
  readonly readable: Readable
}

export type AttributeKind = 'string' | 'number' | 'boolean' | 'list' | 'map' | Nested
/** What can be read of each item. */
export interface Nested {
  readonly items: () => Readable
}
/** Attributes that can be read. */
export type Readable = ReadonlyMap<string, AttributeKind>

export interface Argument {
  readonly required: boolean
  readonly block: boolean
  /** A block that may be given more than once. */
  readonly many: boolean
  /** A list or set of plain values. */
  readonly list: boolean
  /** What a block takes. */
  readonly nested?: () => ReadonlyMap<string, Argument>
}
