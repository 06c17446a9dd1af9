import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { CallBook, LOOPBACK, PATIENT, type Emulator, type EmulatorOptions, type Fault } from './emulator.ts'
import { disabled, VaultError, type VaultState } from './keyvault/keys.ts'
import { routeOf, type VaultRequest } from './keyvault/routes.ts'
import { openState } from './state-file.ts'
import { makeTestTls, type TestTls } from './tls.ts'

export interface KeyVaultEmulatorOptions extends EmulatorOptions {
  /** Instead of a certificate, and an authority, of its own. */
  readonly tls?: TestTls
}

export interface KeyVaultEmulator extends Emulator {
  /** PEM of the authority that a client has to trust. */
  readonly ca: string
}

const TENANT = '00000000-0000-0000-0000-000000000001'

/**
 * A key vault over https: RSA keys with versions, rotation, soft deletion; a request without a token is challenged with 401.
 * Any token is taken; its `appid` and `oid` name the caller.
 */
export async function startKeyVault(options: KeyVaultEmulatorOptions = {}): Promise<KeyVaultEmulator> {
  const book = new CallBook()
  const file = openState<VaultState>(options.folder, 'keyvault', { keys: {} })
  const tls = options.tls ?? makeTestTls()
  let base = ''

  const server = createServer({ ...PATIENT, key: tls.key, cert: tls.cert }, (request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await textOf(request)
    const reply = (status: number, answer: object, headers: Record<string, string> = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
        .end(JSON.stringify(answer))
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined) {
      const challenge = `Bearer authorization="https://login.microsoftonline.com/${TENANT}", resource="https://vault.azure.net"`
      const message = 'AKV10000: Request is missing a Bearer or PoP token.'
      reply(401, { error: { code: 'Unauthorized', message } }, { 'www-authenticate': challenge })
      return
    }
    try {
      const asked = {
        method: request.method ?? '',
        url: new URL(request.url ?? '', base),
        body: body === '' ? {} : JSON.parse(body),
      } as VaultRequest
      const { action, resource, run } = routeOf(file.state, base, asked)
      const permission = `Microsoft.KeyVault/vaults/${action}`
      const fault = book.note(permission, resource)
      if (fault === 'torn') return void response.destroy()
      if (fault !== null && fault !== 'torn_after') throw faultError(fault, { permission, resource, token })
      const answer = await run()
      file.save()
      if (fault === 'torn_after') response.destroy()
      else if (answer === null) response.writeHead(204).end()
      else reply(200, answer)
    } catch (error) {
      if (!(error instanceof VaultError)) throw error
      const { code, message, inner, status } = error
      reply(status, { error: { code, message, ...(inner === undefined ? {} : { innererror: { code: inner } }) } })
    }
  }

  await new Promise<void>((resolve) => server.listen(options.port ?? 0, options.host ?? LOOPBACK, resolve))
  base = `https://localhost:${(server.address() as AddressInfo).port}`
  return {
    endpoint: base,
    ca: tls.ca,
    calls: book.calls,
    inject: (fault) => book.inject(fault),
    clearFaults: () => book.clearFaults(),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

/** The caller, as the vault names one: from the claims of the token. */
function callerOf(token: string): string {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
    return `appid=${String(claims['appid'])};oid=${String(claims['oid'])};iss=https://sts.windows.net/${TENANT}/`
  } catch {
    return 'appid=unknown'
  }
}

function faultError(
  kind: Exclude<Fault['kind'], 'torn' | 'torn_after'>,
  { permission, resource, token }: { permission: string; resource: string; token: string },
): VaultError {
  switch (kind) {
    case 'throttled':
      return new VaultError(429, 'Throttled', 'Request was not processed because too many requests were received.')
    case 'unavailable':
      return new VaultError(503, 'ServiceUnavailable', 'The service is unavailable.')
    case 'denied':
      return new VaultError(
        403,
        'Forbidden',
        'Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role ' +
          `definitions were changed recently, please observe propagation time.\r\nCaller: ${callerOf(token)}\r\n` +
          `Action: '${permission}'\r\nResource: '${resource}'\r\nAssignment: (not found)\r\nDecisionReason: null\r\n`,
        'ForbiddenByRbac',
      )
    case 'disabled':
      return disabled(permission.split('/').at(-2) ?? '')
    case 'destroyed':
      return new VaultError(404, 'KeyNotFound', `A key with (name/id) ${resource} was not found in this key vault.`)
  }
}
