import { AppError } from '#core/errors.ts'
import { OWN_COLUMNS, EXTRA, type Batch, type Sink, type SinkRow, type Token } from '#services/encrypt/sink.ts'

type Verb = 'prepare' | 'open' | 'append' | 'commit' | 'count'

export interface MemorySink extends Sink {
  /** What the table of admitted rows and that of revocations show, in the order of commits. */
  readonly tables: Readonly<Record<Batch['into'], readonly SinkRow[]>>
  /** What the view over both shows: rows that no later link takes back. */
  current(): SinkRow[]
  readonly columns: ReadonlySet<string>
  readonly tokens: number
  /** As though days had gone by: no token is known any more. */
  forget(): void
  /** What somebody else puts at the end of every batch that is open. */
  spoil(row: SinkRow): void
}

interface OpenBatch {
  readonly batch: Batch
  readonly rows: SinkRow[]
  state: 'open' | 'ended' | 'shown'
}

/**
 * A sink in memory that keeps the port's promises, and breaks where `at` throws: it is called before and after every call has
 * its effect.
 */
export function createMemorySink(at: (verb: Verb, when: 'before' | 'after') => void = () => {}): MemorySink {
  const tables: Record<Batch['into'], SinkRow[]> = { admitted: [], revoked: [] }
  const columns = new Set<string>()
  const batches = new Map<Token, OpenBatch>()
  let tokens = 0

  const step = async <T>(verb: Verb, work: () => T): Promise<T> => {
    at(verb, 'before')
    const result = work()
    at(verb, 'after')
    return result
  }
  const batchOf = (token: Token): OpenBatch => {
    const batch = batches.get(token)
    if (batch === undefined) throw new AppError('not_found', `${token} is gone`, { reason: 'batch_gone' })
    return batch
  }

  return {
    name: 'memory',
    tables,
    columns,
    get tokens() {
      return tokens
    },
    current: () =>
      tables.admitted.filter(
        (row) => !tables.revoked.some((taken) => isSame(taken, row) && linkOf(taken) > linkOf(row)),
      ),
    forget: () => batches.clear(),
    spoil(row) {
      for (const { rows, state } of batches.values()) if (state === 'open') rows.push(row)
    },
    prepare: (schema) =>
      step('prepare', () => {
        for (const name of [...Object.keys(OWN_COLUMNS), EXTRA, ...schema.columns.map(({ name }) => name)])
          columns.add(name)
      }),
    open: (batch) =>
      step('open', () => {
        const token = `batch ${++tokens}`
        batches.set(token, { batch, rows: [], state: 'open' })
        return token
      }),
    append: (token, offset, rows) =>
      step('append', () => {
        const { rows: there, state } = batchOf(token)
        const unknown = rows.flatMap(Object.keys).find((column) => !columns.has(column))
        if (unknown !== undefined) throw new AppError('invalid', `no column ${unknown}`)
        if (state !== 'open') return
        if (offset > there.length) throw new AppError('conflict', 'rows are missing', { reason: 'rows_missing' })
        there.push(...rows.slice(there.length - offset))
      }),
    commit: (token, rowCount) =>
      step('commit', () => {
        const open = batchOf(token)
        if (open.state === 'open') open.state = 'ended'
        if (open.rows.length !== rowCount) throw new AppError('corrupt', 'not so many', { reason: 'row_count' })
        if (open.state === 'shown') return
        tables[open.batch.into].push(...open.rows)
        open.state = 'shown'
      }),
    count: ({ into, ordinal }) => step('count', () => tables[into].filter((row) => linkOf(row) === ordinal).length),
    check: async () => [],
    close: async () => {},
  }
}

function isSame(a: SinkRow, b: SinkRow): boolean {
  return a['_credence_record'] === b['_credence_record']
}

function linkOf(row: SinkRow): number {
  return Number(row['_credence_manifest'])
}
