import { randomBytes, randomUUID } from 'node:crypto'
import { contractSchema, type Contract } from '#core/contract.ts'
import type { DataRecord } from '#core/record.ts'
import type { Fields } from '#core/value.ts'
import { kidOf } from '#services/encrypt/keys/record.ts'
import type { EpochKey } from '#services/encrypt/keys/records.ts'
import { rowOf, schemaOf } from '#services/encrypt/sinks/sink-rows.ts'
import type { Batch, Sink, SinkRow } from '#services/encrypt/sink.ts'

export const INGESTED = new Date('2026-03-01T12:00:00Z')

export const CONTRACT = contractOf({
  text: { type: 'string' },
  label: { type: ['integer', 'null'] },
  weight: { type: 'number' },
  spam: { type: 'boolean' },
  tags: { type: 'array' },
  image: { tensor: { dtype: 'u8', shape: [2, 2] } },
})

export function contractOf(properties: Record<string, unknown>): Contract {
  return contractSchema.parse({
    version: 1,
    schema: { type: 'object', properties },
    features: { kind: 'text', field: 'text' },
  })
}

export function tableName(): string {
  return `t_${randomUUID().replaceAll('-', '')}`
}

export function recordOf(id: string, fields: Fields): DataRecord {
  return { id, fields, provenance: { source: 'mail', partition: '0', position: id } }
}

export function rowsOf(count: number, ordinal: number, from = 0): SinkRow[] {
  const schema = schemaOf(CONTRACT)
  const origin = { dataset: 'mail', window: `w${ordinal}`, ordinal, ingested: INGESTED }
  return Array.from({ length: count }, (_, i) =>
    rowOf(recordOf(`r${from + i}`, { text: `text ${from + i}`, label: from + i }), schema, origin),
  )
}

export async function deliver(sink: Sink, batch: Batch, rows: readonly SinkRow[]): Promise<void> {
  const token = await sink.open(batch)
  await sink.append(token, 0, rows)
  await sink.commit(token, rows.length)
}

export const ids = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `r${from + i}`)
export const admitted = (ordinal: number): Batch => ({ ordinal, into: 'admitted' })
export const revoked = (ordinal: number): Batch => ({ ordinal, into: 'revoked' })

export function epochKey(): EpochKey {
  const key = randomBytes(32)
  return { dataset: 'mail', kid: kidOf(key), epoch: 1, key }
}
