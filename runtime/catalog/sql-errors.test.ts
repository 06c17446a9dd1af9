import { describe, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import { losesConnection, mapSqlError } from './sql-errors.ts'

describe('errors of a database', () => {
  test.each([
    ['23505', 'conflict'],
    ['40001', 'unavailable'],
    ['40P01', 'unavailable'],
    ['57P01', 'unavailable'],
    ['53300', 'throttled'],
    ['53100', 'unavailable'],
    ['28P01', 'denied'],
    ['42501', 'denied'],
    ['08006', 'unavailable'],
    ['XX001', 'corrupt'],
    ['22P02', 'internal'],
    ['ECONNREFUSED', 'unavailable'],
    ['EPIPE', 'unavailable'],
    ['ENETUNREACH', 'unavailable'],
    ['EHOSTDOWN', 'unavailable'],
    ['EAI_AGAIN', 'unavailable'],
    ['EACCES', 'denied'],
    ['25006', 'unavailable'],
    ['25P02', 'unavailable'],
    ['25P03', 'unavailable'],
    ['55P03', 'unavailable'],
    ['57014', 'unavailable'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'invalid'],
    ['CERT_HAS_EXPIRED', 'invalid'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'invalid'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'invalid'],
  ])('%s are %s', (code, expected) => {
    expect(mapSqlError(Object.assign(new Error('words'), { code }))).toMatchObject({ code: expected })
  })

  test('keep the name of the constraint and nothing that quotes values', () => {
    const driver = Object.assign(new Error('duplicate key'), {
      code: '23505',
      constraint: 'windows_pkey',
      detail: 'Key (id)=(secret) already exists.',
      params: ['secret'],
    })
    const mapped = mapSqlError(driver)
    expect(mapped.message).toBe('catalog: SQLSTATE 23505 (windows_pkey)')
    expect(mapped.cause).toBeUndefined()
  })

  test('say what is wrong with a statement of ours', () => {
    const driver = Object.assign(new Error('relation "nothing" does not exist'), { code: '42P01' })
    expect(mapSqlError(driver).message).toContain('relation "nothing"')
  })

  test('of a lost connection may be tried again', () => {
    expect(mapSqlError(new Error('Connection terminated unexpectedly'))).toMatchObject({ code: 'unavailable' })
    expect(mapSqlError(new Error('PGlite is closed'))).toMatchObject({ code: 'unavailable' })
  })

  test.each([
    [
      'ECONNREFUSED',
      'catalog: ECONNREFUSED: nothing listens at the host and port of catalog.postgres: start PostgreSQL, or correct the address',
    ],
    ['28P01', 'catalog: SQLSTATE 28P01: PostgreSQL refuses the user or the password of catalog.postgres: correct them'],
    [
      '3D000',
      'catalog: SQLSTATE 3D000: PostgreSQL has no database of the name in catalog.postgres: create it, or correct the address',
    ],
  ])('%s says what to do', (code, expected) => {
    expect(mapSqlError(Object.assign(new Error('words'), { code })).message).toBe(expected)
  })

  test('of a server without TLS says where to turn it on', () => {
    const mapped = mapSqlError(new Error('The server does not support SSL connections'))
    expect(mapped).toMatchObject({ code: 'invalid', reason: 'tls' })
    expect(mapped.message).toContain('ssl = on')
  })

  test('of a certificate name its fault and what to do', () => {
    const driver = Object.assign(new Error('self-signed'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    expect(mapSqlError(driver).message).toMatch(/DEPTH_ZERO_SELF_SIGNED_CERT.*sslrootcert/)
  })

  test.each([
    ['25006', true],
    ['25P03', true],
    ['57P01', true],
    ['08006', true],
    ['ECONNRESET', true],
    ['57014', false],
    ['55P03', false],
    ['23505', false],
  ])('%s loses the connection: %s', (code, expected) => {
    expect(losesConnection(mapSqlError(Object.assign(new Error('words'), { code })))).toBe(expected)
  })

  test('a server that does not answer in time loses the connection', () => {
    expect(losesConnection(mapSqlError(new Error('Query read timeout')))).toBe(true)
  })

  test('that are ours already stay as they are', () => {
    const own = new AppError('conflict', 'mine')
    expect(mapSqlError(own)).toBe(own)
    expect(mapSqlError('thrown text')).toMatchObject({ code: 'internal' })
  })
})
