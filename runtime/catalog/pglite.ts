import { PGlite, type Transaction as PgliteTransaction } from '@electric-sql/pglite'
import { mapSqlError } from './sql-errors.ts'
import type { Queryable, Sql, SqlValue } from './sql.ts'

/**
 * The embedded database, in `folder` (absent: in memory). PGlite does not lock its folder: the caller holds the data
 * folder's lock (`runtime/data-lock.ts`) from before this call until after `close`.
 */
export async function openPglite(folder?: string): Promise<Sql> {
  const database = await guarded(() => PGlite.create(folder === undefined ? {} : { dataDir: folder }))
  return {
    query: queryOn(database),
    async transaction(work) {
      let failure: { readonly error: unknown } | undefined
      const done = guarded(() =>
        database.transaction(async (tx) => {
          try {
            return await work({
              query: queryOn(tx),
              async script(text) {
                await guarded(() => tx.exec(text))
              },
            })
          } catch (error) {
            failure = { error }
            throw error
          }
        }),
      )
      return done.catch((error: unknown) => {
        throw failure === undefined ? error : failure.error
      })
    },
    async close() {
      if (!database.closed) await guarded(() => database.close())
    },
  }
}

function queryOn(target: PGlite | PgliteTransaction): Queryable['query'] {
  return async <Row extends object>(text: string, values: readonly SqlValue[] = []) =>
    (await guarded(() => target.query<Row>(text, [...values]))).rows
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw mapSqlError(error)
  }
}
