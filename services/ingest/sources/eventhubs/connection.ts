import {
  EventHubConsumerClient,
  parseEventHubConnectionString,
  type EventHubConnectionStringProperties,
} from '@azure/event-hubs'
import type { TokenCredential } from '@azure/identity'
import { noteIdentity } from '#clouds/azure/identity.ts'
import { AppError } from '#core/errors.ts'
import type { EventHubsConfig } from './config.ts'

export interface EventHubsConnection extends Pick<EventHubsConfig, 'namespace' | 'hub' | 'consumerGroup'> {
  /** A token credential for the namespace. */
  readonly credential?: TokenCredential | undefined
  /** A connection string in place of a namespace and a credential: a shared access policy of the namespace or the hub. */
  readonly connectionString?: string | undefined
  /** Lets the connection string request plain TCP (`UseDevelopmentEmulator=true`): only for emulators. */
  readonly emulator?: boolean | undefined
}

/** A hub to which connections can be opened. */
export interface EventHub {
  /** `hub orders of example.servicebus.windows.net` */
  readonly says: string
  /** The host name only. */
  readonly namespace: string
  readonly isEncrypted: boolean
  open(): EventHubConsumerClient
  /** The identity of the credentials, if known; for a token, once one was issued. */
  identity(): string | null
  /** Requests a token and returns its identity; throws what the credential throws. */
  findIdentity(): Promise<string>
}

const SCOPE = 'https://eventhubs.azure.net/.default'
const ANSWER_MS = 30_000

/** Throws `invalid` if no hub is named, and for plain TCP except to an emulator. */
export function describeHub(connection: EventHubsConnection): EventHub {
  const { connectionString, namespace, hub, consumerGroup } = connection
  if (hub === '' || consumerGroup === '') throw new AppError('invalid', 'Event Hubs: name hub and consumer group')
  if ((connectionString === undefined) === (namespace === undefined)) {
    throw new AppError('invalid', `hub ${hub}: give either a namespace or a connection string`)
  }
  // one attempt: the caller restarts the reading
  const options = { retryOptions: { maxRetries: 0, timeoutInMs: ANSWER_MS } }
  if (namespace === undefined) {
    const { endpoint, host, key, isEncrypted } = parse(connectionString!, connection)
    return {
      says: `hub ${hub} of ${host}`,
      namespace: host.replace(/:\d+$/, ''),
      isEncrypted,
      open: () => new EventHubConsumerClient(consumerGroup, endpoint, hub, structuredClone(options)),
      identity: () => key,
      findIdentity: async () => key,
    }
  }
  const { credential } = connection
  if (credential === undefined) throw new AppError('invalid', `hub ${hub}: a namespace needs a credential`)
  if (!/^[a-z0-9.-]+(:\d+)?$/i.test(namespace)) {
    throw new AppError('invalid', `hub ${hub}: the namespace is to be a host, such as name.servicebus.windows.net`)
  }
  const noted = noteIdentity(credential)
  return {
    says: `hub ${hub} of ${namespace}`,
    namespace: namespace.replace(/:\d+$/, ''),
    isEncrypted: true,
    open: () => new EventHubConsumerClient(consumerGroup, namespace, hub, noted, structuredClone(options)),
    identity: () => noted.describe(),
    async findIdentity() {
      await noted.getToken(SCOPE)
      return noted.describe() ?? 'a token that does not say whose it is'
    },
  }
}

/** Parses a connection string. No message contains its text, because it holds a key. */
function parse(connectionString: string, { hub, emulator }: EventHubsConnection) {
  const refuse = (why: string, reason?: string) =>
    new AppError('invalid', `the connection string of hub ${hub} ${why}`, { reason })
  let parsed: EventHubConnectionStringProperties
  try {
    parsed = parseEventHubConnectionString(connectionString)
  } catch {
    throw refuse('cannot be parsed: copy it from the shared access policy')
  }
  const { endpoint, sharedAccessKeyName, sharedAccessSignature } = parsed
  const host = /^sb:\/\/([a-z0-9.-]+(?::\d+)?)\/?$/i.exec(endpoint)?.[1]
  if (host === undefined) throw refuse('has an Endpoint that is not sb://host')
  if (parsed.eventHubName !== undefined && parsed.eventHubName !== hub) {
    throw refuse(`is for another hub, ${parsed.eventHubName}`)
  }
  const isPlain = /;\s*UseDevelopmentEmulator\s*=\s*true\s*(;|$)/i.test(`;${connectionString}`)
  if (isPlain && emulator !== true) {
    throw refuse('has UseDevelopmentEmulator=true: only an emulator may be reached without TLS', 'insecure_endpoint')
  }
  const key =
    sharedAccessSignature === undefined ? `the shared access key ${sharedAccessKeyName}` : 'a shared access signature'
  return { endpoint: connectionString, host, key, isEncrypted: !isPlain }
}
