import { createRequire } from 'node:module'
import { loadPackageDefinition, Metadata, status, type ServiceDefinition } from '@grpc/grpc-js'
import { fromJSON, type Options } from '@grpc/proto-loader'
import protobuf from 'protobufjs'

/** The gRPC services of Pub/Sub, from the definitions that the official client ships. */
export interface Services {
  readonly publisher: ServiceDefinition
  readonly subscriber: ServiceDefinition
  readonly iamPolicy: ServiceDefinition
}

const OPTIONS: Options = {
  keepCase: true, // the shipped definitions have their fields in camel case already
  longs: String,
  enums: String,
  defaults: true,
  arrays: true,
  oneofs: true,
}

export function loadServices(): Services {
  const require = createRequire(import.meta.url)
  const clientPath = require.resolve('@google-cloud/pubsub')
  const pubsub = load(createRequire(clientPath)('../protos/protos.json'))
  const gaxPath = createRequire(clientPath).resolve('google-gax')
  const iam = load(createRequire(gaxPath)('../protos/iam_service.json'))
  return {
    publisher: serviceAt(pubsub, 'google.pubsub.v1.Publisher'),
    subscriber: serviceAt(pubsub, 'google.pubsub.v1.Subscriber'),
    iamPolicy: serviceAt(iam, 'google.iam.v1.IAMPolicy'),
  }
}

function load(definitions: unknown): object {
  return loadPackageDefinition(fromJSON(definitions as Parameters<typeof fromJSON>[0], OPTIONS))
}

function serviceAt(root: object, path: string): ServiceDefinition {
  const found = path.split('.').reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], root)
  return (found as { readonly service: ServiceDefinition }).service
}

/** An error as gRPC answers it. */
export class RpcError extends Error {
  readonly code: status
  readonly details: string
  readonly metadata: Metadata

  constructor(code: status, details: string, metadata = new Metadata()) {
    super(details)
    this.code = code
    this.details = details
    this.metadata = metadata
  }
}

const { Type, Field, MapField, Root } = protobuf
const anyType = new Type('Any').add(new Field('type_url', 1, 'string')).add(new Field('value', 2, 'bytes'))
const statusType = new Type('Status')
  .add(new Field('code', 1, 'int32'))
  .add(new Field('message', 2, 'string'))
  .add(new Field('details', 3, 'Any', 'repeated'))
const errorInfo = new Type('ErrorInfo')
  .add(new Field('reason', 1, 'string'))
  .add(new Field('domain', 2, 'string'))
  .add(new MapField('metadata', 3, 'string', 'string'))
new Root().define('google.rpc').add(anyType).add(statusType).add(errorInfo)

const INVALID_ACK_IDS =
  'Some acknowledgement ids in the request were invalid. This could be because the acknowledgement ids have expired or ' +
  'the acknowledgement ids were malformed.'

// Node sends no larger block of headers than 64 KiB, and the names travel in one, in base64.
const MOST_NAMED = 400

/**
 * How a subscription with exactly-once delivery refuses ack ids that have expired: each is named in an `ErrorInfo` (as many
 * as there is room for; to the client those not named have failed as well).
 */
export function invalidAckIds(ackIds: readonly string[]): RpcError {
  const info = errorInfo.encode({
    reason: 'EXACTLY_ONCE_ACKID_FAILURE',
    domain: 'pubsub.googleapis.com',
    metadata: Object.fromEntries(ackIds.slice(0, MOST_NAMED).map((id) => [id, 'PERMANENT_FAILURE_INVALID_ACK_ID'])),
  })
  const details = [{ type_url: 'type.googleapis.com/google.rpc.ErrorInfo', value: info.finish() }]
  const bytes = statusType.encode({ code: status.INVALID_ARGUMENT, message: INVALID_ACK_IDS, details }).finish()
  const metadata = new Metadata()
  metadata.set('grpc-status-details-bin', Buffer.from(bytes))
  return new RpcError(status.INVALID_ARGUMENT, INVALID_ACK_IDS, metadata)
}

// What of the requests and answers the emulator looks at, as proto-loader has them with the options above.

export interface Duration {
  readonly seconds: string | number
  readonly nanos?: number
}

export interface WireMessage {
  readonly data: Uint8Array
  readonly attributes: Readonly<Record<string, string>>
  readonly messageId?: string
  readonly publishTime?: Duration | null
  readonly orderingKey?: string
}

export interface WireTopic {
  readonly name: string
  readonly kmsKeyName?: string
  readonly [field: string]: unknown
}

export interface WireSubscription {
  readonly name: string
  readonly topic: string
  readonly ackDeadlineSeconds?: number
  readonly enableMessageOrdering?: boolean
  readonly enableExactlyOnceDelivery?: boolean
  readonly deadLetterPolicy?: { readonly deadLetterTopic: string; readonly maxDeliveryAttempts: number } | null
  readonly [field: string]: unknown
}

export interface ReceivedMessage {
  readonly ackId: string
  readonly message: WireMessage
  readonly deliveryAttempt: number
}

export interface StreamingPullRequest {
  readonly subscription: string
  readonly ackIds: readonly string[]
  readonly modifyDeadlineSeconds: readonly number[]
  readonly modifyDeadlineAckIds: readonly string[]
  readonly streamAckDeadlineSeconds: number
  readonly maxOutstandingMessages: string
  readonly maxOutstandingBytes: string
  readonly protocolVersion: string
}
