import { describe } from 'vitest'
import { openPostgres } from '#runtime/catalog/postgres.ts'
import { catalogSuite } from './catalog-suite.ts'

const url = process.env['CREDENCE_TEST_POSTGRES']
const reason = url === undefined ? ' (skipped: CREDENCE_TEST_POSTGRES names no server)' : ''

describe.skipIf(url === undefined)(`catalog: PostgreSQL${reason}`, () => {
  catalogSuite(async () => {
    const database = `credence_test_${process.pid}`
    const admin = openPostgres({ url: url ?? '', connections: 1 })
    await admin.query(`create database ${database}`)
    const own = new URL(url ?? '')
    own.pathname = `/${database}`
    const sql = openPostgres({ url: own.href })
    return {
      ...sql,
      async close() {
        await sql.close()
        await admin.query(`drop database ${database}`)
        await admin.close()
      },
    }
  })
})
