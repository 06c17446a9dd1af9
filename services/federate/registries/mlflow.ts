import { AppError, type ErrorCode } from '#core/errors.ts'
import type { MadeModel, ModelRegistry } from '../registry.ts'

/** Credentials as MLflow's own clients accept them. */
export type MlflowCredentials = { readonly token: string } | { readonly username: string; readonly password: string }

export interface MlflowOptions {
  readonly url: string
  /** The name of the registered model. */
  readonly name: string
  readonly credentials: MlflowCredentials | null
}

interface Said {
  readonly status: number
  readonly body: {
    readonly error_code?: string
    readonly message?: string
    readonly model_versions?: readonly unknown[]
  }
}

/**
 * A registered model of MLflow, by its REST API: one version per model, whose source and tags name the round that made it.
 * Throws `invalid` (`mlflow_plain`) if credentials would be sent without TLS.
 */
export function createMlflowRegistry({ url, name, credentials }: MlflowOptions): ModelRegistry {
  const base = url.replace(/\/$/, '')
  const { protocol, hostname } = new URL(base)
  if (credentials !== null && protocol !== 'https:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname)) {
    const message = `credentials for ${base} would be sent in the clear: give MLflow an address with https`
    throw new AppError('invalid', message, { reason: 'mlflow_plain' })
  }
  const headers = { 'content-type': 'application/json', ...authorization(credentials) }

  const call = async (signal: AbortSignal, path: string, body?: object) => {
    const address = `${base}/api/2.0/mlflow/${path}`
    try {
      const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
      // a redirect would receive the credentials
      const response = await fetch(address, { ...sent, headers, signal, redirect: 'error' })
      const text = await response.text()
      return { status: response.status, body: text.startsWith('{') ? (JSON.parse(text) as Said['body']) : {} }
    } catch (cause) {
      signal.throwIfAborted()
      throw new AppError('unavailable', `MLflow at ${base} does not answer: is it running there?`, { cause })
    }
  }
  const checked = ({ status, body }: Said): Said['body'] => {
    if (status === 200) return body
    const [code, says] = meaning(status, body)
    throw new AppError(code, `MLflow at ${base} answered ${status}: ${says}`, { reason: 'mlflow' })
  }

  return {
    async register(model, signal) {
      const created = await call(signal, 'registered-models/create', { name })
      if (created.body.error_code !== 'RESOURCE_ALREADY_EXISTS') checked(created)
      const source = `credence:///${model.federation}/${model.round}`
      const filter = encodeURIComponent(`name='${name}' and source_path='${source}'`)
      const found = checked(await call(signal, `model-versions/search?filter=${filter}`))
      if ((found.model_versions ?? []).length > 0) return
      const version = { name, source, tags: tagsOf(model), description: descriptionOf(model) }
      checked(await call(signal, 'model-versions/create', version))
    },
  }
}

function authorization(credentials: MlflowCredentials | null): { readonly authorization?: string } {
  if (credentials === null) return {}
  if ('token' in credentials) return { authorization: `Bearer ${credentials.token}` }
  const { username, password } = credentials
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}

/** The error code for an answer other than 200, and what to do. */
function meaning(status: number, { error_code: kind, message }: Said['body']): readonly [ErrorCode, string] {
  if (status === 401 || status === 403) {
    const who = 'MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD'
    return ['denied', `set ${who}, of somebody who may edit the registered model`]
  }
  if (status === 429) return ['throttled', 'it asks to slow down']
  if (status >= 500) return ['unavailable', 'its log says why']
  if (kind === undefined) return ['invalid', 'no MLflow is at this address']
  return ['invalid', `${kind}: ${(message ?? '').slice(0, 200)}`]
}

function tagsOf({ federation, round, sha256, clients, transcript, epsilon }: MadeModel) {
  const tags = { federation, round, sha256, clients, transcript, epsilon }
  return Object.entries(tags).flatMap(([key, value]) =>
    value === null ? [] : [{ key: `credence.${key}`, value: String(value) }],
  )
}

const descriptionOf = ({ federation, round }: MadeModel) =>
  `Round ${round} of the federation ${federation}. Its numbers are kept encrypted: \`credence federate model ${round}\` takes them out.`
