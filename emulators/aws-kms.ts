import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CallBook, LOOPBACK, PATIENT, type Emulator, type EmulatorOptions, type Fault } from './emulator.ts'
import { ACTIONS, type KmsRequest, type KmsSettings } from './aws-kms/actions.ts'
import { ACCOUNT, KmsError, REGION, type KmsState } from './aws-kms/keys.ts'
import { openState } from './state-file.ts'

export interface AwsKmsEmulator extends Emulator {
  readonly region: string
}

export type AwsKmsEmulatorOptions = EmulatorOptions & Partial<KmsSettings>

/**
 * AWS KMS (JSON 1.1 over http), and `GetCallerIdentity` of STS on the same address: keys with several materials, aliases,
 * contexts, rotation, states. Who calls is the IAM user named like the access key.
 */
export async function startAwsKms(options: AwsKmsEmulatorOptions = {}): Promise<AwsKmsEmulator> {
  const { rotationLooks = 0 } = options
  const book = new CallBook()
  const file = openState<KmsState>(options.folder, 'aws-kms', { keys: {}, aliases: {} })

  const work = (name: string, request: KmsRequest, caller: string): Fault['kind'] | object => {
    const action = ACTIONS[name]
    if (action === undefined) throw new KmsError('UnknownOperationException', `no action ${name}`)
    let after: Fault['kind'] | null = null
    for (const [permission, resource] of action.permissions(file.state, request)) {
      const fault = book.note(permission, resource)
      if (fault === 'torn') return fault
      if (fault === 'torn_after') after = fault
      else if (fault !== null) throw faultError(fault, { permission, resource, caller })
    }
    const answer = action.run(file.state, request, { rotationLooks })
    file.save()
    return after ?? answer
  }

  const server = createServer(PATIENT, (request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const caller = callerOf(request)
    if (request.headers['x-amz-target'] === undefined) return answerSts(book, caller, body, response)
    const reply = (status: number, answer: object) => {
      const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() }
      response.writeHead(status, headers).end(JSON.stringify(answer))
    }
    try {
      if (caller === null) throw new KmsError('MissingAuthenticationTokenException', 'Missing Authentication Token')
      const name = String(request.headers['x-amz-target']).split('.')[1] ?? ''
      const answer = work(name, JSON.parse(body === '' ? '{}' : body) as KmsRequest, caller)
      if (typeof answer === 'string') response.destroy()
      else reply(200, answer)
    } catch (error) {
      if (!(error instanceof KmsError)) throw error
      reply(error.status, { __type: error.type, message: error.message })
    }
  }

  await new Promise<void>((resolve) => server.listen(options.port ?? 0, options.host ?? LOOPBACK, resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: REGION,
    calls: book.calls,
    inject: (fault) => book.inject(fault),
    clearFaults: () => book.clearFaults(),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function callerOf({ headers }: IncomingMessage): string | null {
  const user = /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1]
  return user === undefined ? null : `arn:aws:iam::${ACCOUNT}:user/${user}`
}

function faultError(
  kind: Exclude<Fault['kind'], 'torn' | 'torn_after'>,
  { permission, resource, caller }: { permission: string; resource: string; caller: string },
): KmsError {
  const why = `because no identity-based policy allows the ${permission} action`
  switch (kind) {
    case 'throttled':
      return new KmsError('ThrottlingException', 'You have exceeded the rate at which you may call KMS.')
    case 'unavailable':
      return new KmsError(
        'KMSInternalException',
        'The request was rejected because an internal exception occurred.',
        500,
      )
    case 'denied':
      return new KmsError(
        'AccessDeniedException',
        `User: ${caller} is not authorized to perform: ${permission} on resource: ${resource} ${why}`,
      )
    case 'disabled':
      return new KmsError('DisabledException', `${resource} is disabled.`)
    case 'destroyed':
      return new KmsError('NotFoundException', `Key '${resource}' does not exist`)
  }
}

function answerSts(book: CallBook, caller: string | null, body: string, response: ServerResponse): void {
  if (caller === null || new URLSearchParams(body).get('Action') !== 'GetCallerIdentity') {
    response.writeHead(403).end()
    return
  }
  if (book.note('sts:GetCallerIdentity', caller) !== null) {
    response.destroy()
    return
  }
  const result =
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>` +
    `<Arn>${caller}</Arn><UserId>AIDAEMULATOR</UserId><Account>${ACCOUNT}</Account></GetCallerIdentityResult>` +
    `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`
  response.writeHead(200, { 'content-type': 'text/xml' }).end(result)
}
