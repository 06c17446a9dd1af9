/** What the catalog needs of a database: numbered parameters (`$1`), rows as objects, transactions. PGlite or PostgreSQL. */
export type SqlValue = string | number | boolean | null
export type SqlRow = Record<string, unknown>

export interface Queryable {
  query<Row extends object = SqlRow>(text: string, values?: readonly SqlValue[]): Promise<Row[]>
}

/** Errors are `AppError`: `conflict`, `unavailable`, `throttled`, `denied`, `corrupt` or `internal`; they hold no data. */
export interface Sql extends Queryable {
  /** All of `work` or nothing. `work` must use only the given connection. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface Transaction extends Queryable {
  /** Any number of statements, without parameters and without a time limit. */
  script(text: string): Promise<void>
}
