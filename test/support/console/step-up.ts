import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openDesk, type Desk, type Json } from './desk.ts'

/** A console at which operators, who review as well, sign in at a real provider, that asks for a second factor for what is dangerous. */
export interface StepUpDesk extends AsyncDisposable {
  readonly desk: Desk
  /** Whoever signs in has no second factor with them from now on. */
  lose(): void
  /** Whoever signs in was asked who they are so many hours ago, at a provider that heeds how old that may be, or does not. */
  asked(hours: number, heeds?: boolean): void
}

/** `web` holds the pages, where they are not those of the checkout. */
export async function openStepUpDesk(web?: string): Promise<StepUpDesk> {
  let answer: (request: IncomingMessage, response: ServerResponse) => Promise<unknown> = () => Promise.resolve()
  let [hasFactor, hoursAgo, heedsAge] = [true, 0, true]
  const provider = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  const client = { clientId: 'credence', clientSecret: 'a secret of the test' }
  const desk = await openDesk({
    ...(web !== undefined && { web }),
    openid: {
      issuer,
      ...client,
      claim: 'groups',
      roles: { operators: (['operator', 'reviewer'] as const).map((role) => ({ role, datasets: null })) },
      stepUp: { acr: ['second-factor'], minutes: 15 },
      emulator: true,
    },
  })
  // it has no types of its own
  const name: string = 'oidc-provider'
  const { default: Provider } = await import(name)
  const made = new Provider(issuer, {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        token_endpoint_auth_method: 'client_secret_post',
        require_auth_time: true,
        redirect_uris: [`${desk.console.origin}/sign-in/openid/callback`],
      },
    ],
    acrValues: ['password', 'second-factor'],
    claims: { acr: null, auth_time: null, openid: ['sub', 'groups'], email: [], profile: [] },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, groups: ['operators'] }) }),
    cookies: { keys: ['a key of the test'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_: unknown, { uid }: Json) => `/interaction/${uid}` },
    async loadExistingGrant({ oidc }: Json) {
      const grant = new oidc.provider.Grant({ clientId: client.clientId, accountId: oidc.session.accountId })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
  })
  const callback = made.callback()
  answer = async (request, response) => {
    if (!heedsAge) request.url = request.url?.replace(/&max_age=\d+/, '')
    if (request.url?.startsWith('/interaction/') !== true) return callback(request, response)
    const { params } = await made.interactionDetails(request, response)
    const isStrong = String(params.acr_values).includes('second-factor') && hasFactor
    const ts = Math.round(Date.now() / 1000) - hoursAgo * 3600
    const login = { accountId: 'olga', acr: isStrong ? 'second-factor' : 'password', ts }
    return made.interactionFinished(request, response, { login })
  }
  return {
    desk,
    lose() {
      hasFactor = false
    },
    asked(hours, heeds = true) {
      hoursAgo = hours
      heedsAge = heeds
    },
    async [Symbol.asyncDispose]() {
      await desk[Symbol.asyncDispose]()
      provider.closeAllConnections()
      await new Promise((resolve) => provider.close(resolve))
    },
  }
}
