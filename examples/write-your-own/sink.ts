import { AppError, type Sink, type SinkRow } from 'credence'

/** A sink whose tables are lists: rows of an open batch are seen by nobody until the commit. */
export function listSink(): Sink {
  const tables = { admitted: [] as SinkRow[], revoked: [] as SinkRow[] }
  const batches = new Map<string, { into: keyof typeof tables; rows: SinkRow[]; isShown: boolean }>()
  const batchOf = (token: string) => {
    const batch = batches.get(token)
    if (batch === undefined) throw new AppError('not_found', 'the batch is forgotten', { reason: 'batch_gone' })
    return batch
  }
  return {
    name: 'lists',
    prepare: async () => {},
    async open({ into }) {
      const token = crypto.randomUUID()
      batches.set(token, { into, rows: [], isShown: false })
      return token
    },
    async append(token, offset, rows) {
      const batch = batchOf(token)
      if (offset > batch.rows.length) throw new AppError('conflict', 'rows before these are missing')
      batch.rows.push(...rows.slice(batch.rows.length - offset))
    },
    async commit(token, rowCount) {
      const batch = batchOf(token)
      if (batch.rows.length !== rowCount) throw new AppError('corrupt', `the batch has ${batch.rows.length} rows`)
      if (!batch.isShown) tables[batch.into].push(...batch.rows)
      batch.isShown = true
    },
    count: async ({ into, ordinal }) => tables[into].filter((row) => row['_credence_manifest'] === ordinal).length,
    check: async () => [],
    close: async () => {},
  }
}
