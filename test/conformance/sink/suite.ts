import { beforeEach, describe, expect, it } from 'vitest'
import { isAppError } from '#core/errors.ts'
import type { Sink, SinkRow, SinkSchema } from '#services/encrypt/sink.ts'

export interface SinkSuite {
  /** Opens a sink over empty tables; called once for each test. */
  readonly open: () => Promise<Sink>
}

const SCHEMA: SinkSchema = { columns: [{ name: 'text', field: 'text', type: 'string' }] }
const BATCH = { ordinal: 1, into: 'admitted' } as const

/** The tests that every sink must pass. */
export function describeSink(name: string, { open }: SinkSuite): void {
  describe(`sink: ${name}`, () => {
    let sink: Sink
    beforeEach(async () => {
      sink = await open()
      await sink.prepare(SCHEMA)
    })
    const deliver = async (batch = BATCH as Parameters<Sink['open']>[0], rows = rowsOf(3)) => {
      const token = await sink.open(batch)
      await sink.append(token, 0, rows)
      await sink.commit(token, rows.length)
    }

    it('shows no row before the commit, and all of them after it', async () => {
      const token = await sink.open(BATCH)
      await sink.append(token, 0, rowsOf(3))
      expect(await sink.count(BATCH)).toBe(0)
      await sink.commit(token, 3)
      expect(await sink.count(BATCH)).toBe(3)
    })

    it('shows each row once, however often each step is repeated and however the rows are cut', async () => {
      await sink.prepare(SCHEMA)
      const token = await sink.open(BATCH)
      const rows = rowsOf(5)
      await sink.append(token, 0, rows.slice(0, 2))
      await sink.append(token, 0, rows)
      await sink.append(token, 3, rows.slice(3))
      for (let i = 0; i < 2; i++) await sink.commit(token, 5)
      expect(await sink.count(BATCH)).toBe(5)
    })

    it('refuses rows that leave a gap', async () => {
      const token = await sink.open(BATCH)
      expect(await codeOf(sink.append(token, 2, rowsOf(3).slice(2)))).toBe('conflict')
    })

    it('refuses to commit another number of rows than there are', async () => {
      const token = await sink.open(BATCH)
      await sink.append(token, 0, rowsOf(2))
      expect(await codeOf(sink.commit(token, 3))).toBe('corrupt')
      expect(await sink.count(BATCH)).toBe(0)
    })

    it('keeps links and both tables apart', async () => {
      await deliver()
      await deliver({ ordinal: 2, into: 'revoked' }, rowsOf(1, 2))
      expect(await sink.count({ ordinal: 1, into: 'revoked' })).toBe(0)
      expect(await sink.count({ ordinal: 2, into: 'admitted' })).toBe(0)
      expect(await sink.count({ ordinal: 2, into: 'revoked' })).toBe(1)
      expect(await sink.count(BATCH)).toBe(3)
    })

    it('says not_found of a token that it does not know', async () => {
      expect(await codeOf(sink.append('no such token', 0, rowsOf(1)))).toBe('not_found')
    })

    it('checks without throwing', async () => {
      expect(Array.isArray(await sink.check())).toBe(true)
      await sink.close()
    })
  })
}

function rowsOf(count: number, ordinal = 1): SinkRow[] {
  return Array.from({ length: count }, (_, i) => ({
    _credence_record: `r${i}`,
    _credence_window: 'w',
    _credence_manifest: ordinal,
    _credence_ingested: 0,
    text: `text ${i}`,
  }))
}

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return isAppError(error) ? error.code : undefined
}
