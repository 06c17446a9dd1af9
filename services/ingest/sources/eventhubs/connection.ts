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
  /** For the namespace. */
  readonly credential?: TokenCredential | undefined
  /** In their place: of a shared access policy of the namespace or the hub. */
  readonly connectionString?: string | undefined
  /** Lets the connection string ask for plain TCP (`UseDevelopmentEmulator=true`): for emulators alone. */
  readonly emulator?: boolean | undefined
}

/** A hub to open connections to. */
export interface EventHub {
  /** `hub orders of example.servicebus.windows.net` */
  readonly says: string
  /** The host alone. */
  readonly namespace: string
  readonly isEncrypted: boolean
  open(): EventHubConsumerClient
  /** Whose credentials these are, as far as it is known: of a token, once one was issued. */
  identity(): string | null
  /** Asks for a token and tells whose it is; throws what the credential throws. */
  findIdentity(): Promise<string>
}

const SCOPE = 'https://eventhubs.azure.net/.default'
const ANSWER_MS = 30_000

/** Throws `invalid` for what names no hub, and for plain TCP where it is no emulator's. */
export function describeHub(connection: EventHubsConnection): EventHub {
  const { connectionString, namespace, hub, consumerGroup } = connection
  if (hub === '' || consumerGroup === '') throw new AppError('invalid', 'Event Hubs: name hub and consumer group')
  if ((connectionString === undefined) === (namespace === undefined)) {
    throw new AppError('invalid', `hub ${hub}: give either a namespace or a connection string`)
  }
  // one attempt: who reads starts the reading anew
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

/** What a connection string says. Its text is in no message: it holds a key. */
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
