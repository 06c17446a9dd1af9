import { PubSub, type ClientConfig, type CallOptions } from '@google-cloud/pubsub'
import { endpointUrl } from '#clouds/endpoint.ts'
import type { PubSubConfig } from './config.ts'

/** A service account's key, as its JSON file has it. */
export interface ServiceAccountKey {
  readonly client_email: string
  readonly private_key: string
}

export interface PubSubConnection extends Pick<PubSubConfig, 'project' | 'endpoint'> {
  /** The endpoint is an emulator: it may be plain http, and nobody is authenticated. */
  readonly emulator?: boolean | undefined
  /** Instead of the default chain (workload identity, service account, `gcloud auth`). */
  readonly credentials?: ServiceAccountKey | undefined
}

type ChannelOptions = { readonly [name in `grpc.${string}`]: number }

const PUBLIC_ENDPOINT = 'https://pubsub.googleapis.com'

/** One attempt, and an end to it: retrying is the caller's. */
export const ONE_CALL: CallOptions = { timeout: 10_000, retry: { retryCodes: [] } }

/**
 * The official client. Over TLS unless the endpoint is an emulator, whatever the environment says: an endpoint is always
 * named, so that the client does not look for one there. Throws `invalid` for an endpoint that is not https.
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
    // else the client asks its surroundings for credentials, only to learn their universe
    ...(emulator ? { clientOptions: { universeDomain: 'googleapis.com' } } : {}),
    // a service that is back is found soon
    'grpc.initial_reconnect_backoff_ms': 250,
    'grpc.max_reconnect_backoff_ms': 5000,
  }
  return new PubSub(config)
}

/** Throws when there are no credentials. The client itself would reject promises of its own then, which ends the process. */
export async function findCredentials(client: PubSub): Promise<void> {
  if (!client.isEmulator) await client.auth.getClient()
}
