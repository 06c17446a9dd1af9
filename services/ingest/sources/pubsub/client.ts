import { PubSub, type ClientConfig, type CallOptions } from '@google-cloud/pubsub'
import { endpointUrl } from '#clouds/endpoint.ts'
import type { PubSubConfig } from './config.ts'

/** A service account's key, in the form of its JSON file. */
export interface ServiceAccountKey {
  readonly client_email: string
  readonly private_key: string
}

export interface PubSubConnection extends Pick<PubSubConfig, 'project' | 'endpoint'> {
  /** The endpoint is an emulator: plain http is allowed, and there is no authentication. */
  readonly emulator?: boolean | undefined
  /** Used instead of the default chain (workload identity, service account, `gcloud auth`). */
  readonly credentials?: ServiceAccountKey | undefined
}

type ChannelOptions = { readonly [name in `grpc.${string}`]: number }

const PUBLIC_ENDPOINT = 'https://pubsub.googleapis.com'

/** One attempt with a timeout; the caller retries. */
export const ONE_CALL: CallOptions = { timeout: 10_000, retry: { retryCodes: [] } }

/**
 * The official client. It uses TLS unless the endpoint is an emulator, whatever the environment says: an endpoint is always
 * named, so that the client does not read one from there. Throws `invalid` for an endpoint that is not https.
 */
export function createPubSubClient(connection: PubSubConnection): PubSub {
  const { project, endpoint = PUBLIC_ENDPOINT, emulator = false, credentials } = connection
  const url = endpointUrl(endpoint, 'Pub/Sub', emulator)
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const config: ClientConfig & ChannelOptions = {
    projectId: project,
    apiEndpoint: `${url.hostname}:${port}`,
    emulatorMode: emulator && url.protocol === 'http:',
    ...(credentials === undefined ? {} : { credentials }),
    // otherwise the client searches for credentials, only to learn their universe domain
    ...(emulator ? { clientOptions: { universeDomain: 'googleapis.com' } } : {}),
    // reconnects soon once the service is back
    'grpc.initial_reconnect_backoff_ms': 250,
    'grpc.max_reconnect_backoff_ms': 5000,
  }
  return new PubSub(config)
}

/** Throws if there are no credentials. Without this, the client rejects promises that nobody handles, which ends the process. */
export async function findCredentials(client: PubSub): Promise<void> {
  if (!client.isEmulator) await client.auth.getClient()
}
