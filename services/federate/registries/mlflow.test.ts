import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { ErrorCode } from '#core/errors.ts'
import { createMlflowRegistry, type MlflowCredentials } from './mlflow.ts'

const MODEL = { federation: 'digits', round: 3, sha256: 'ab', clients: 5, transcript: 'cd', epsilon: null }
const signal = new AbortController().signal
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** Something that answers in MLflow's place: what a server says when it refuses. The real one is in test/federate/mlflow.test.ts. */
async function answering(status: number, body: object, headers: Readonly<Record<string, string>> = {}) {
  const asked: { path: string; authorization: string | undefined }[] = []
  const server = createServer((request, response) => {
    asked.push({ path: request.url!, authorization: request.headers.authorization })
    response.writeHead(status, headers).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked }
}

const registry = (url: string, credentials: MlflowCredentials | null = null) =>
  createMlflowRegistry({ url, name: 'digits', credentials })

describe('a registry of MLflow', () => {
  test.each([
    [401, {}, 'denied', 'MLFLOW_TRACKING_TOKEN'],
    [403, { error_code: 'PERMISSION_DENIED' }, 'denied', 'may edit the registered model'],
    [404, {}, 'invalid', 'no MLflow is at this address'],
    [400, { error_code: 'INVALID_PARAMETER_VALUE', message: 'no such tag' }, 'invalid', 'no such tag'],
    [429, {}, 'throttled', 'slow down'],
    [500, {}, 'unavailable', 'its log'],
    [307, {}, 'unavailable', 'does not answer'],
  ] satisfies [number, object, ErrorCode, string][])(
    'that answers %i says what to do',
    async (status, body, code, says) => {
      const { url, asked } = await answering(status, body, status === 307 ? { location: 'http://127.0.0.1:1/' } : {})
      await expect(registry(url).register(MODEL, signal)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(says) as string,
      })
      expect(asked.map(({ path }) => path)).toEqual(['/api/2.0/mlflow/registered-models/create'])
    },
  )

  test('is sent a token, or a name and a password', async () => {
    const { url, asked } = await answering(200, { model_versions: [{}] })
    await registry(url, { token: 't' }).register(MODEL, signal)
    await registry(url, { username: 'u', password: 'p' }).register(MODEL, signal)
    expect([...new Set(asked.map(({ authorization }) => authorization))]).toEqual(['Bearer t', 'Basic dTpw'])
  })

  test('is sent credentials over TLS alone, but on this machine', () => {
    expect(() => registry('http://mlflow.example', { token: 't' })).toThrow('give MLflow an address with https')
    expect(() => registry('https://mlflow.example', { token: 't' })).not.toThrow()
    expect(() => registry('http://mlflow.example')).not.toThrow()
  })

  test('that nobody runs is said to be away', async () => {
    const { url } = await answering(200, {})
    for (const close of closing.splice(0)) await close()
    await expect(registry(url).register(MODEL, signal)).rejects.toMatchObject({ code: 'unavailable' })
  })
})
