import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { queryAnswer, runQuery, tablesOf, type QueryParameter } from './bigquery/query.ts'
import { normalized, schemaFault, tableName, Tables, type TableResource } from './bigquery/tables.ts'
import type { Row } from './bigquery/wire.ts'
import { writeService } from './bigquery/write-service.ts'
import { CallBook, LOOPBACK, PATIENT, type Call, type Emulator, type EmulatorOptions, type Fault } from './emulator.ts'
import { HttpError } from './gcs/http-error.ts'

export interface BigQueryEmulatorOptions extends EmulatorOptions {
  /** Of the Storage Write API; 0 (the default) takes a free one. */
  readonly writePort?: number
  /** The datasets that are there: `project.dataset`. */
  readonly datasets: readonly string[]
}

export interface BigQueryEmulator extends Emulator {
  /** `host:port` of the Storage Write API. */
  readonly writeEndpoint: string
  /** What a query sees of `project.dataset.table`. */
  rows(table: string): readonly Row[]
  /** Rows of a query, as the service would answer it. */
  query(sql: string): readonly object[]
  table(table: string): TableResource | undefined
  setTable(table: TableResource): void
  /** As `inject`, once this many matching calls have gone well. */
  injectAfter(calls: number, fault: Fault): void
  /** The caller lacks this permission from now on. */
  revoke(permission: string): void
  /** The next appends find the Storage Write API not to have heard of new columns yet. */
  lag(appends: number): void
  /** Streams that nobody has touched for days are no longer known; what they committed stays. */
  forgetStreams(): void
}

interface Request {
  readonly method: string
  readonly path: readonly string[]
  readonly body: unknown
}

interface Work {
  readonly fault: Fault['kind'] | null
  readonly run: () => object
}

/** BigQuery's REST API for datasets, tables and queries, and the Storage Write API over gRPC. */
export async function startBigQuery(options: BigQueryEmulatorOptions): Promise<BigQueryEmulator> {
  const book = new PatientBook()
  const tables = new Tables(options.folder)
  const datasets = new Set(options.datasets)
  const revoked = new Set<string>()
  let lagging = 0

  const authorize = (action: string, resource: string): Fault['kind'] | null => {
    const fault = book.note(action, resource)
    if (fault === 'denied' || revoked.has(action)) {
      const message = `Access Denied: ${resource}: Permission ${action} denied on ${resource} (or it may not exist).`
      throw new HttpError(403, 'accessDenied', message)
    }
    if (fault === 'throttled') throw new HttpError(403, 'rateLimitExceeded', 'Exceeded rate limits: too many requests.')
    if (fault === 'unavailable') throw new HttpError(503, 'backendError', 'Visibility check was unavailable.')
    if (fault === 'disabled' || fault === 'destroyed') {
      throw new HttpError(400, 'invalid', `Cloud KMS key is ${fault}; the table cannot be used.`)
    }
    return fault
  }
  const tableOf = (name: string, shown: string): TableResource => {
    const table = tables.tables.get(name)
    if (table === undefined) throw new HttpError(404, 'notFound', `Not found: Table ${shown}`)
    return table
  }

  const createTable = (project: string, dataset: string, asked: TableResource): Work => {
    const fault = authorize('bigquery.tables.create', `projects/${project}/datasets/${dataset}`)
    return {
      fault,
      run: () => {
        const tableReference = { projectId: project, datasetId: dataset, tableId: asked.tableReference.tableId }
        const name = tableName(tableReference)
        if (tables.tables.has(name)) throw new HttpError(409, 'duplicate', `Already Exists: Table ${name}`)
        const fields = asked.view === undefined ? (asked.schema?.fields ?? []) : viewFields(tables, asked.view.query)
        const table = { ...asked, tableReference, schema: { fields: normalized(fields) } }
        tables.setTable(table)
        return { kind: 'bigquery#table', ...table }
      },
    }
  }

  const patchTable = (name: string, shown: string, patch: Partial<TableResource>): Work => {
    const fault = authorize('bigquery.tables.update', name)
    return {
      fault,
      run: () => {
        const before = tableOf(name, shown)
        const fields = patch.view === undefined ? patch.schema?.fields : viewFields(tables, patch.view.query)
        const after = fields === undefined ? before.schema?.fields : normalized(fields)
        const wrong = patch.view === undefined ? schemaFault(before.schema?.fields ?? [], after ?? []) : null
        if (wrong !== null) {
          throw new HttpError(400, 'invalid', `Provided Schema does not match Table ${shown}. ${wrong}`)
        }
        const table = { ...before, ...patch, schema: { fields: after ?? [] } }
        tables.setTable(table)
        return { kind: 'bigquery#table', ...table }
      },
    }
  }

  const query = (project: string, body: unknown): Work => {
    const { query: sql, queryParameters = [] } = body as { query: string; queryParameters?: QueryParameter[] }
    const fault = authorize('bigquery.jobs.create', `projects/${project}`)
    for (const table of new Set(tablesOf(sql))) authorize('bigquery.tables.getData', table)
    return { fault, run: () => queryAnswer(runQuery(tables, sql, queryParameters), project) }
  }

  const route = ({ method, path, body }: Request): Work => {
    const [, , projects, project = '', kind, dataset = '', tablesWord, last = ''] = path
    if (projects !== 'projects') throw new HttpError(404, 'notFound', `Not Found: ${path.join('/')}`)
    if (kind === 'queries' && method === 'POST') return query(project, body)
    if (!datasets.has(`${project}.${dataset}`)) {
      throw new HttpError(404, 'notFound', `Not found: Dataset ${project}:${dataset}`)
    }
    if (tablesWord === undefined && method === 'GET') {
      const fault = authorize('bigquery.datasets.get', `projects/${project}/datasets/${dataset}`)
      return { fault, run: () => ({ kind: 'bigquery#dataset', location: 'EU', id: `${project}:${dataset}` }) }
    }
    if (last === '' && method === 'POST') return createTable(project, dataset, body as TableResource)
    const [table = '', verb] = last.split(':')
    const name = tableName({ projectId: project, datasetId: dataset, tableId: table })
    const shown = `${project}:${dataset}.${table}`
    if (verb === 'testIamPermissions') {
      const { permissions = [] } = body as { permissions?: string[] }
      return { fault: null, run: () => ({ permissions: permissions.filter((permission) => !revoked.has(permission)) }) }
    }
    if (method === 'PATCH') return patchTable(name, shown, body as Partial<TableResource>)
    const fault = authorize('bigquery.tables.get', name)
    return { fault, run: () => ({ kind: 'bigquery#table', ...tableOf(name, shown) }) }
  }

  const rest = http.createServer(PATIENT, (incoming, response) => {
    const send = (code: number, body: unknown) =>
      response.writeHead(code, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body))
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of incoming) chunks.push(chunk as Buffer)
      const text = Buffer.concat(chunks).toString('utf8')
      const path = new URL(incoming.url ?? '/', 'http://emulator').pathname.slice(1).split('/').map(decodeURIComponent)
      const body: unknown = text === '' ? {} : JSON.parse(text)
      const { fault, run } = route({ method: incoming.method ?? 'GET', path, body })
      if (fault === 'torn') return incoming.socket.destroy()
      const answer = run()
      if (fault === 'torn_after') return incoming.socket.destroy()
      return send(200, answer)
    })().catch((error: unknown) => {
      const told = error instanceof HttpError ? error : new HttpError(400, 'invalidQuery', String(error))
      send(told.status, told)
    })
  })
  await new Promise<void>((resolve) => rest.listen(options.port ?? 0, options.host ?? LOOPBACK, resolve))

  const grpc = new Server({ 'grpc.max_receive_message_length': -1 })
  const lag = () => lagging > 0 && lagging-- > 0
  const { definition, implementation } = writeService({ book, tables, revoked, lagging: lag })
  grpc.addService(definition, implementation)
  const writePort = await new Promise<number>((resolve, reject) => {
    grpc.bindAsync(`127.0.0.1:${options.writePort ?? 0}`, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port)
      else reject(error)
    })
  })

  return {
    endpoint: `http://127.0.0.1:${(rest.address() as AddressInfo).port}`,
    writeEndpoint: `127.0.0.1:${writePort}`,
    get calls(): readonly Call[] {
      return book.calls
    },
    inject: (fault) => book.inject(fault),
    injectAfter: (calls, fault) => book.injectAfter(calls, fault),
    clearFaults: () => {
      book.clearFaults()
      revoked.clear()
      lagging = 0
    },
    rows: (table) => tables.rows(resourceOf(table)),
    query: (sql) => runQuery(tables, sql, []),
    table: (table) => tables.tables.get(resourceOf(table)),
    setTable: (table) => tables.setTable(table),
    revoke: (permission) => void revoked.add(permission),
    lag: (appends) => {
      lagging = appends
    },
    forgetStreams: () => {
      for (const name of tables.streams.keys()) tables.forget(name)
    },
    close: async () => {
      grpc.forceShutdown()
      rest.closeAllConnections()
      await new Promise((resolve) => rest.close(resolve))
    },
  }
}

/** Faults that wait for their turn. */
class PatientBook extends CallBook {
  #waiting: { readonly fault: Fault; left: number }[] = []

  injectAfter(calls: number, fault: Fault): void {
    this.#waiting.push({ fault, left: calls })
  }

  override note(action: string, resource: string): Fault['kind'] | null {
    for (const waiting of this.#waiting.filter(({ fault }) => (fault.action ?? action) === action)) {
      if (waiting.left-- === 0) this.inject(waiting.fault)
    }
    this.#waiting = this.#waiting.filter(({ left }) => left >= 0)
    return super.note(action, resource)
  }

  override clearFaults(): void {
    super.clearFaults()
    this.#waiting = []
  }
}

/** A view's columns are those that it selects. */
function viewFields(tables: Tables, query: string) {
  const all = tablesOf(query).flatMap((name) => tables.tables.get(name)?.schema?.fields ?? [])
  const selected = /^SELECT (.*?) FROM/i.exec(query)?.[1] ?? ''
  const names = [...selected.matchAll(/`([^`]+)`/g)].map(([, name]) => name)
  return names.flatMap((name) => all.find((column) => column.name === name) ?? [])
}

function resourceOf(table: string): string {
  const [projectId = '', datasetId = '', tableId = ''] = table.split('.')
  return tableName({ projectId, datasetId, tableId })
}
