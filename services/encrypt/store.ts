/**
 * The port to an object store. Paths are `a/b/c` of letters, digits, `.`, `_`, `-`, `=`; never `..`, never absolute. An adapter
 * neither retries nor logs; it maps its vendor's errors to `AppError` codes. A write is durable when its promise resolves, and
 * is never visible in part.
 */
export interface Store {
  readonly name: string
  /** Create-if-absent. Throws `conflict` if the path exists. Resolves to the version of what was written. */
  create(path: string, bytes: Uint8Array): Promise<Version>
  /**
   * Compare-and-swap: replaces the object that has this version. Throws `conflict` if it has another, `not_found` if it is gone.
   */
  replace(path: string, bytes: Uint8Array, expected: Version): Promise<Version>
  /** Throws `not_found`. */
  read(path: string): Promise<{ readonly bytes: Uint8Array; readonly version: Version }>
  exists(path: string): Promise<boolean>
  /** Paths under a prefix, in code-unit order. */
  list(prefix: string): AsyncIterable<string>
  /** Does nothing if the object is gone already. */
  delete(path: string): Promise<void>
}

/** Only the store that made it can interpret it: an ETag, a generation, a digest. */
export type Version = string
