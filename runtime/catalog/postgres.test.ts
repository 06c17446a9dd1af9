import { expect, test } from 'vitest'
import { openPostgres } from './postgres.ts'

test('a PostgreSQL that does not answer is unavailable, and its address stays out of the message', async () => {
  const sql = openPostgres({ url: 'postgresql://user:secret@127.0.0.1:1/credence' })
  const failures = await Promise.all([
    sql.query('select 1').catch((error: unknown) => error),
    sql.transaction((tx) => tx.query('select 1')).catch((error: unknown) => error),
  ])
  for (const failure of failures) {
    expect(failure).toMatchObject({ code: 'unavailable' })
    expect(String(failure)).not.toContain('secret')
  }
  await sql.close()
  await sql.close()
})
