import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { AppError } from '#core/errors.ts'
import { FormatError } from '../../formats/format.ts'
import { parseAvroSchema, schemaFingerprint, type AvroNode } from './schema.ts'

/** Schemas that messages name instead of containing them. */
export interface AvroSchemas {
  /** By the id in the registry: a number (Confluent), a UUID (Glue, Confluent), or 32 hexadecimal digits (Event Hubs). */
  byId(id: string): AvroNode | null
  /** By CRC-64-AVRO in hexadecimal. */
  byFingerprint(fingerprint: string): AvroNode | null
  /** The schema of messages that name none; null if there is more than one. */
  readonly only: AvroNode | null
}

export const NO_SCHEMAS: AvroSchemas = { byId: () => null, byFingerprint: () => null, only: null }

/** The contents of a schema file: one schema, or several by their ids in the registry. */
export type SchemaFile = { readonly one: unknown } | { readonly byId: ReadonlyMap<string, unknown> }

/** Compiles schemas. Throws FormatError for an invalid one. */
export function createAvroSchemas(file: SchemaFile): AvroSchemas {
  const byId = new Map<string, AvroNode>()
  const byFingerprint = new Map<string, AvroNode>()
  const take = (schema: unknown): AvroNode => {
    const node = parseAvroSchema(schema)
    byFingerprint.set(schemaFingerprint(schema), node)
    return node
  }
  const only = 'one' in file ? take(file.one) : null
  if ('byId' in file) for (const [id, schema] of file.byId) byId.set(plainId(id), take(schema))
  return {
    byId: (id) => byId.get(plainId(id)) ?? null,
    byFingerprint: (fingerprint) => byFingerprint.get(fingerprint) ?? null,
    only,
  }
}

/**
 * Reads a schema file: one Avro schema (`.avsc`), or a JSON object of schemas by their ids in the registry. Each of these is a
 * schema, its JSON as text (the form in which registries answer), or the path of an `.avsc` beside the file. Throws `not_found`,
 * `denied`, `unavailable`, and `invalid` if it is neither.
 */
export async function loadAvroSchemas(path: string): Promise<AvroSchemas> {
  const content = await readJson(path)
  if (isSchema(content)) return compile({ one: content }, path)
  if (typeof content !== 'object' || content === null) {
    throw invalid(path, 'holds neither an Avro schema nor schemas by their ids, such as {"17": "bird.avsc"}')
  }
  const byId = new Map<string, unknown>()
  for (const [id, entry] of Object.entries(content)) {
    if (!/^(?:\d{1,10}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(id)) {
      throw invalid(path, 'has a key that is not a schema id: expected a number, a UUID or 32 hexadecimal digits')
    }
    if (byId.has(plainId(id))) throw invalid(path, `has schema id ${id} twice`)
    byId.set(plainId(id), await entryOf(entry, id, path))
  }
  if (byId.size === 0) throw invalid(path, 'holds no schema: add one, such as {"17": "bird.avsc"}')
  return compile({ byId }, path)
}

async function entryOf(entry: unknown, id: string, path: string): Promise<unknown> {
  if (typeof entry !== 'string') return entry
  if (/\.(?:avsc|json)$/i.test(entry)) return readJson(resolve(dirname(path), entry))
  try {
    return JSON.parse(entry)
  } catch {
    throw invalid(
      path,
      `has an entry under id ${id} that is neither a schema, nor its JSON, nor the path of an .avsc file`,
    )
  }
}

/** Whether content is a schema: a registry's ids never equal these keys. */
function isSchema(content: unknown): boolean {
  if (typeof content === 'string' || Array.isArray(content)) return true
  return typeof content === 'object' && content !== null && 'type' in content
}

function compile(file: SchemaFile, path: string): AvroSchemas {
  try {
    return createAvroSchemas(file)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw invalid(path, `holds ${error.message}; every type it names must be defined in the same schema`)
  }
}

async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'ENOENT') throw new AppError('not_found', `the Avro schema file ${path} does not exist`)
    if (code === 'EACCES' || code === 'EPERM')
      throw new AppError('denied', `the Avro schema file ${path} may not be read`)
    throw new AppError('unavailable', `the Avro schema file ${path} cannot be read (${String(code)})`, { cause: error })
  }
  try {
    return JSON.parse(text)
  } catch {
    throw invalid(path, 'is not JSON')
  }
}

/** An id in one spelling: registries write a UUID with or without dashes, in upper or lower case. */
function plainId(id: string): string {
  return id.replaceAll('-', '').toLowerCase()
}

function invalid(path: string, what: string): AppError {
  return new AppError('invalid', `the Avro schema file ${path} ${what}`, { reason: 'avro_schemas' })
}
