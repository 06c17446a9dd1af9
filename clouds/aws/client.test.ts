import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { clientSettings } from './client.ts'
import { callerIdentity } from './identity.ts'

const ARN = 'arn:aws:iam::000000000000:user/ada'
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

afterEach(() => vi.unstubAllEnvs())

/** A server that answers as STS does. */
async function sts(body: string) {
  const server = createServer((_request, answer) => {
    answer.setHeader('content-type', 'text/xml')
    answer.end(body)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { endpoint, [Symbol.dispose]: () => server.close() }
}

const answer = (result: string) =>
  `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>${result}</GetCallerIdentityResult></GetCallerIdentityResponse>`

describe('clients of AWS', () => {
  test('say who the caller is', async () => {
    using service = await sts(answer(`<Arn>${ARN}</Arn>`))
    expect(await callerIdentity({ region: 'us-east-1', endpoint: service.endpoint, credentials })).toBe(ARN)
    using silent = await sts(answer(''))
    expect(await callerIdentity({ region: 'us-east-1', endpoint: silent.endpoint, credentials })).toBeNull()
  })

  test("go to the region's own endpoint, wherever the environment would lead", async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://elsewhere.example')
    vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://elsewhere.example')
    const asked: string[] = []
    const requestHandler = {
      handle: ({ protocol, hostname }: { readonly protocol: string; readonly hostname: string }) => {
        asked.push(`${protocol}//${hostname}`)
        return Promise.reject(new Error('enough'))
      },
    }
    const client = new STSClient({ ...clientSettings({ region: 'eu-west-1', credentials }), requestHandler })
    await expect(client.send(new GetCallerIdentityCommand({}))).rejects.toThrow('enough')
    expect(asked).toEqual(['https://sts.eu-west-1.amazonaws.com'])
  })
})
