import { AppError } from '#core/errors.ts'
import { restError } from '#clouds/gcp/errors.ts'
import { AppendConnection } from './append.ts'
import { checkBigQuery } from './check.ts'
import { openClients, type BigQuerySinkOptions } from './clients.ts'
import { admittedColumns, encoderFor, revokedColumns, type RowEncoder } from './proto.ts'
import { ensureTable, ensureView } from './table.ts'
import { appendRows, commitStream } from './write.ts'
import type { Batch, Sink } from '../../sink.ts'

const STREAM = /^(projects\/[^/]+\/datasets\/[^/]+\/tables\/([^/]+))\/streams\/[^/]+$/

/**
 * A sink over BigQuery's Storage Write API: a batch is a PENDING stream, and its token is the stream's name. Tables `<table>`
 * and `<table>_revoked`, view `<table>_current`. All columns except our own are nullable; integers are INT64, other numbers
 * FLOAT64, lists and objects JSON, tensors RECORDs of `dtype`, `shape`, `data`, sealed fields BYTES. Tables are partitioned by
 * the day of delivery and clustered by link and record. Every process must call `prepare` first.
 */
export function createBigQuerySink(options: BigQuerySinkOptions): Sink {
  const clients = openClients(options)
  const { bigquery, writer } = clients
  const dataset = bigquery.dataset(options.dataset)
  const tables = { admitted: options.table, revoked: `${options.table}_revoked` } as const
  const encoders = new Map<string, RowEncoder>([[tables.revoked, encoderFor(revokedColumns())]])
  const pathOf = ({ into }: Pick<Batch, 'into'>) =>
    `projects/${options.project}/datasets/${options.dataset}/tables/${tables[into]}`
  let connection: AppendConnection | null = null

  /** Keeps one connection at a time, since batches follow one another. */
  const connectionTo = (stream: string): AppendConnection => {
    if (connection?.stream !== stream || connection.broken) {
      connection?.close()
      connection = new AppendConnection(writer, stream)
    }
    return connection
  }
  const tableOf = (token: string): string => {
    const [, path, table = ''] = STREAM.exec(token) ?? []
    if (path !== pathOf({ into: 'admitted' }) && path !== pathOf({ into: 'revoked' })) {
      throw new AppError('invalid', 'a token of another sink', { reason: 'foreign_token' })
    }
    return table
  }

  return {
    name: options.name ?? 'bigquery',
    async prepare(schema) {
      const admitted = admittedColumns(schema)
      const { kmsKey } = options
      await ensureTable(dataset.table(tables.admitted), { columns: admitted, kmsKey })
      await ensureTable(dataset.table(tables.revoked), { columns: revokedColumns(), kmsKey })
      await ensureView(
        dataset.table(`${options.table}_current`),
        { project: options.project, dataset: options.dataset, tables },
        admitted,
      )
      encoders.set(tables.admitted, encoderFor(admitted))
      connection?.close() // the connection was opened with the old columns
      connection = null
    },
    open: (batch) => writer.createStream(pathOf(batch)),
    async append(token, offset, rows) {
      const encoder = encoders.get(tableOf(token))
      if (encoder === undefined) throw new AppError('internal', 'a batch is appended to before its table is prepared')
      if (rows.length > 0) await appendRows(connectionTo(token), encoder, offset, rows)
    },
    async commit(token, rowCount) {
      tableOf(token)
      connection?.close()
      connection = null
      await commitStream(writer, token, rowCount)
    },
    async count(batch) {
      const table = `${options.project}.${options.dataset}.${tables[batch.into]}`
      const query = `SELECT COUNT(*) AS n FROM \`${table}\` WHERE _credence_manifest = @ordinal`
      try {
        const [rows] = await bigquery.query({ query, params: { ordinal: batch.ordinal } })
        return Number((rows as { n: number | string }[])[0]?.n ?? 0)
      } catch (error) {
        throw restError(error, `counting the rows of link ${batch.ordinal} in ${table}`)
      }
    },
    check: () => checkBigQuery(bigquery, options),
    async close() {
      connection?.close()
      await clients.close()
    },
  }
}
