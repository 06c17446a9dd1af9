import {
  attributes,
  bundle,
  findVersion,
  idOf,
  newVersion,
  signDigest,
  unwrapKey,
  VaultError,
  wrapKey,
  type VaultKey,
  type VaultState,
} from './keys.ts'

export interface VaultRequest {
  readonly method: string
  readonly url: URL
  readonly body: {
    readonly key_size?: number
    readonly alg?: string
    readonly value?: string
    readonly attributes?: { readonly enabled?: boolean }
    readonly lifetimeActions?: readonly object[]
  }
}

export interface VaultRoute {
  /** In the words of Azure's data actions, behind `Microsoft.KeyVault/vaults/`. */
  readonly action: string
  readonly resource: string
  /** Null answers 204, with nothing in it. */
  readonly run: () => object | null | Promise<object>
}

const PAGE = 2

/** What a request asks for. Throws `VaultError` for what the vault has no route for. */
export function routeOf(state: VaultState, base: string, { method, url, body }: VaultRequest): VaultRoute {
  const [kind = '', name = '', third, fourth] = url.pathname.split('/').filter((part) => part !== '')
  const resource = `${base}/${kind}/${[name, third].filter((part) => /^[0-9a-f]{32}$|-/.test(part ?? '') || part === name).join('/')}`
  const route = (action: string, run: VaultRoute['run']): VaultRoute => ({ action, resource, run })
  const verb = `${method} ${kind}/${fourth ?? (third !== undefined && /^(create|rotate|versions|rotationpolicy|recover)$/.test(third) ? third : '')}`
  switch (verb) {
    case 'POST keys/create':
      return route('keys/create/action', async () => {
        const version = await newVersion(body.key_size ?? 2048)
        const key = (state.keys[name] ??= { name, versions: [], policy: null, deleted: false })
        if (key.deleted)
          throw new VaultError(
            409,
            'Conflict',
            `Key ${name} is currently in a deleted but recoverable state.`,
            'ObjectIsDeletedButRecoverable',
          )
        key.versions.push(version)
        return bundle(base, name, version)
      })
    case 'POST keys/rotate':
      return route('keys/rotate/action', async () => {
        findVersion(state, name)
        const version = await newVersion(2048)
        state.keys[name]?.versions.push(version)
        return bundle(base, name, version)
      })
    case 'GET keys/versions':
      return route('keys/read', () => page(base, keyOf(state, name), Number(url.searchParams.get('$skiptoken') ?? 0)))
    case 'GET keys/rotationpolicy':
      return route('keyrotationpolicies/read', () => ({
        id: `${base}/keys/${name}/rotationpolicy`,
        ...keyOf(state, name).policy,
      }))
    case 'PUT keys/rotationpolicy':
      return route(
        'keyrotationpolicies/write',
        () => (keyOf(state, name).policy = { lifetimeActions: body.lifetimeActions ?? [] }),
      )
    case 'GET keys/':
      return route('keys/read', () => bundle(base, name, findVersion(state, name, third)))
    case 'PATCH keys/':
      return route('keys/update/action', () => {
        const version = findVersion(state, name, third)
        version.enabled = body.attributes?.enabled ?? version.enabled
        version.updated = Math.floor(Date.now() / 1000)
        return bundle(base, name, version)
      })
    case 'POST keys/wrapkey':
    case 'POST keys/unwrapkey':
      return route(`keys/${fourth === 'wrapkey' ? 'wrap' : 'unwrap'}/action`, () => {
        const version = findVersion(state, name, third)
        const crypt = fourth === 'wrapkey' ? wrapKey : unwrapKey
        const result = crypt(version, body.alg ?? '', Buffer.from(body.value ?? '', 'base64url'))
        return { kid: idOf(base, name, version), value: result.toString('base64url') }
      })
    case 'POST keys/sign':
      return route('keys/sign/action', () => {
        const version = findVersion(state, name, third)
        const signature = signDigest(version, body.alg ?? '', Buffer.from(body.value ?? '', 'base64url'))
        return { kid: idOf(base, name, version), value: signature.toString('base64url') }
      })
    case 'DELETE keys/':
      return route('keys/delete', () => {
        const version = findVersion(state, name)
        keyOf(state, name).deleted = true
        return { ...bundle(base, name, version), recoveryId: `${base}/deletedkeys/${name}` }
      })
    case 'GET deletedkeys/':
      return route('keys/read', () => deletedBundle(state, base, name))
    case 'POST deletedkeys/recover':
      return route('keys/recover/action', () => {
        const answer = deletedBundle(state, base, name)
        const key = state.keys[name]
        if (key !== undefined) key.deleted = false
        return answer
      })
    case 'DELETE deletedkeys/':
      return route('keys/purge/action', () => {
        deletedBundle(state, base, name) // throws where there is none
        delete state.keys[name]
        return null
      })
    default:
      throw new VaultError(404, 'NotFound', `no route for ${verb}`)
  }
}

function keyOf(state: VaultState, name: string): VaultKey {
  findVersion(state, name)
  return state.keys[name] as VaultKey
}

function deletedBundle(state: VaultState, base: string, name: string): object {
  const version = state.keys[name]?.deleted === true ? state.keys[name].versions.at(-1) : undefined
  if (version === undefined) throw new VaultError(404, 'KeyNotFound', `Deleted Key not found: ${name}`)
  return { ...bundle(base, name, version), recoveryId: `${base}/deletedkeys/${name}` }
}

/** In the order of the versions' ids, as good as any: the vault promises none. */
function page(base: string, { name, versions }: VaultKey, from: number): object {
  const all = versions.toSorted((a, b) => (a.version < b.version ? -1 : 1))
  const value = all.slice(from, from + PAGE).map((one) => ({ kid: idOf(base, name, one), attributes: attributes(one) }))
  const next =
    from + PAGE < all.length ? `${base}/keys/${name}/versions?api-version=7.6&$skiptoken=${from + PAGE}` : null
  return { value, nextLink: next }
}
