import {
  status,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import type { Fault } from '../emulator.ts'
import {
  invalidAckIds,
  RpcError,
  type ReceivedMessage,
  type StreamingPullRequest,
  type WireMessage,
  type WireSubscription,
  type WireTopic,
} from './protocol.ts'
import type { PubSubState } from './state.ts'
import type { StreamPuller, SubscriptionState } from './subscription.ts'

export interface Handlers {
  readonly publisher: UntypedServiceImplementation
  readonly subscriber: UntypedServiceImplementation
  readonly iamPolicy: UntypedServiceImplementation
  sentBytes(): number
  breakStreams(code: status): void
}

type Work<Request, Answer> = (request: Request) => Answer
/** What a call is noted as: a permission, and what it is needed on. */
type Noted<Request> = (request: Request) => readonly (readonly [action: string, resource: string])[]
type Stream = ServerDuplexStream<StreamingPullRequest, unknown>

const CONSUME = 'pubsub.subscriptions.consume'
const UNLIMITED = Number.POSITIVE_INFINITY

/** How the service words each fault. `torn` ones are not words. */
const FAULTS: { readonly [kind in Exclude<Fault['kind'], 'torn' | 'torn_after'>]: readonly [status, string] } = {
  throttled: [status.RESOURCE_EXHAUSTED, "Quota exceeded for quota metric 'Regional subscriber throughput, kB'."],
  denied: [status.PERMISSION_DENIED, 'User not authorized to perform this action.'],
  unavailable: [status.UNAVAILABLE, 'The service was unable to fulfill your request. Please try again.'],
  disabled: [status.FAILED_PRECONDITION, 'Cloud KMS key is not enabled (KEY_DISABLED).'],
  destroyed: [status.FAILED_PRECONDITION, 'Cloud KMS key is not enabled (KEY_DESTROYED).'],
}

/** The methods of the three services; `tear` breaks the connection of a peer. */
export function createHandlers(state: PubSubState, tear: (peer: string) => void): Handlers {
  const streams = new Map<Stream, SubscriptionState>()
  let sentBytes = 0

  /** Notes what a call needs, and fails as it is to fail. Whether the answer is to be torn off. */
  const admit = (needs: readonly (readonly [string, string])[], peer: string): boolean => {
    let isTorn = false
    for (const [action, resource] of needs) {
      const fault = state.book.note(action, resource) ?? (state.denied.has(action) ? 'denied' : null)
      if (fault === 'torn') {
        tear(peer)
        throw new RpcError(status.UNAVAILABLE, 'the connection is gone')
      }
      if (fault === 'torn_after') isTorn = true
      else if (fault !== null) throw new RpcError(...FAULTS[fault])
    }
    return isTorn
  }

  const unary =
    <Request, Answer>(noted: Noted<Request>, work: Work<Request, Answer>) =>
    (call: ServerUnaryCall<Request, Answer>, callback: sendUnaryData<Answer>): void => {
      try {
        const isTorn = admit(noted(call.request), call.getPeer())
        const answer = work(call.request)
        if (isTorn) tear(call.getPeer())
        callback(null, answer)
      } catch (error) {
        callback(asRpcError(error))
      }
    }

  const acknowledge = (subscription: SubscriptionState, ackIds: readonly string[]) => {
    const invalid = subscription.acknowledge(ackIds)
    subscription.pump()
    if (invalid.length > 0) throw invalidAckIds(invalid)
  }
  const modify = (subscription: SubscriptionState, ackIds: readonly string[], seconds: (index: number) => number) => {
    const invalid = subscription.modify(ackIds, seconds)
    subscription.pump()
    if (invalid.length > 0) throw invalidAckIds(invalid)
  }

  const openStream = (stream: Stream, first: StreamingPullRequest): [SubscriptionState, StreamPuller] => {
    admit([[CONSUME, first.subscription]], stream.getPeer())
    const subscription = state.subscription(first.subscription)
    const deadlineSeconds = first.streamAckDeadlineSeconds
    if (deadlineSeconds < 10 || deadlineSeconds > 600) {
      throw new RpcError(status.INVALID_ARGUMENT, 'Invalid stream ack deadline: it must be between 10 and 600 seconds.')
    }
    const puller = {
      deadlineSeconds,
      maxMessages: Number(first.maxOutstandingMessages) || UNLIMITED,
      maxBytes: Number(first.maxOutstandingBytes) || UNLIMITED,
      messages: 0,
      bytes: 0,
      isFlowing: true,
      send(messages: readonly ReceivedMessage[]) {
        for (const { message } of messages) sentBytes += message.data.length
        puller.isFlowing = stream.write({ receivedMessages: messages, ...propertiesOf(subscription) })
      },
    }
    stream.on('drain', () => {
      puller.isFlowing = true
      subscription.pump()
    })
    return [subscription, puller]
  }

  const streamingPull = (stream: Stream): void => {
    let opened: [SubscriptionState, StreamPuller] | null = null
    const leave = () => {
      streams.delete(stream)
      if (opened) opened[0].close(opened[1])
    }
    stream.on('data', (request: StreamingPullRequest) => {
      try {
        if (!opened) {
          opened = openStream(stream, request)
          streams.set(stream, opened[0])
          opened[0].open(opened[1])
          opened[0].pump()
          return
        }
        const [subscription, puller] = opened
        if (request.streamAckDeadlineSeconds > 0) puller.deadlineSeconds = request.streamAckDeadlineSeconds
        acknowledge(subscription, request.ackIds)
        modify(subscription, request.modifyDeadlineAckIds, (index) => request.modifyDeadlineSeconds[index] ?? 0)
        // an answer that the client takes for a sign of life
        if (request.ackIds.length + request.modifyDeadlineAckIds.length === 0) stream.write(propertiesOf(subscription))
      } catch (error) {
        leave()
        stream.emit('error', asRpcError(error))
      }
    })
    stream.on('end', () => {
      leave()
      stream.end()
    })
    stream.on('cancelled', leave).on('error', leave).on('close', leave)
  }

  const publisher: UntypedServiceImplementation = {
    CreateTopic: unary(
      ({ name }: WireTopic) => [['pubsub.topics.create', projectOf(name)]],
      (topic) => state.createTopic({ ...topic, state: 'ACTIVE' }),
    ),
    GetTopic: unary(
      ({ topic }: { topic: string }) => [['pubsub.topics.get', topic]],
      ({ topic }) => state.topic(topic),
    ),
    DeleteTopic: unary(
      ({ topic }: { topic: string }) => [['pubsub.topics.delete', topic]],
      ({ topic }) => (state.deleteTopic(topic), {}),
    ),
    ListTopics: unary(
      ({ project }: { project: string }) => [['pubsub.topics.list', project]],
      ({ project }) => ({ topics: state.topics.filter(({ name }) => name.startsWith(`${project}/`)) }),
    ),
    Publish: unary(
      ({ topic }: { topic: string }) => [['pubsub.topics.publish', topic]],
      ({ topic, messages }: { topic: string; messages: readonly WireMessage[] }) => ({
        messageIds: state.publish(topic, messages),
      }),
    ),
  }

  const subscriber: UntypedServiceImplementation = {
    CreateSubscription: unary(
      ({ name, topic }: WireSubscription) => [
        ['pubsub.subscriptions.create', projectOf(name)],
        ['pubsub.topics.attachSubscription', topic],
      ],
      (subscription) => state.createSubscription(subscription),
    ),
    GetSubscription: unary(
      ({ subscription }: { subscription: string }) => [['pubsub.subscriptions.get', subscription]],
      ({ subscription }) => state.subscription(subscription).config,
    ),
    UpdateSubscription: unary(
      ({ subscription }: { subscription: WireSubscription }) => [['pubsub.subscriptions.update', subscription.name]],
      ({ subscription, updateMask }: { subscription: WireSubscription; updateMask: { paths: string[] } }) =>
        state.updateSubscription(subscription, updateMask.paths.map(camelCase)),
    ),
    DeleteSubscription: unary(
      ({ subscription }: { subscription: string }) => [['pubsub.subscriptions.delete', subscription]],
      ({ subscription }) => {
        state.deleteSubscription(subscription)
        breakStreams(status.NOT_FOUND, subscription)
        return {}
      },
    ),
    ListSubscriptions: unary(
      ({ project }: { project: string }) => [['pubsub.subscriptions.list', project]],
      ({ project }) => ({
        subscriptions: state.subscriptions
          .map(({ config }) => config)
          .filter(({ name }) => name.startsWith(`${project}/`)),
      }),
    ),
    Pull: unary(
      ({ subscription }: { subscription: string }) => [[CONSUME, subscription]],
      ({ subscription, maxMessages }: { subscription: string; maxMessages: number }) => ({
        receivedMessages: state.subscription(subscription).pull(maxMessages),
      }),
    ),
    Acknowledge: unary(
      ({ subscription }: { subscription: string }) => [[CONSUME, subscription]],
      ({ subscription, ackIds }: { subscription: string; ackIds: readonly string[] }) => {
        acknowledge(state.subscription(subscription), ackIds)
        return {}
      },
    ),
    ModifyAckDeadline: unary(
      ({ subscription }: { subscription: string }) => [[CONSUME, subscription]],
      (request: { subscription: string; ackIds: readonly string[]; ackDeadlineSeconds: number }) => {
        modify(state.subscription(request.subscription), request.ackIds, () => request.ackDeadlineSeconds)
        return {}
      },
    ),
    StreamingPull: streamingPull,
  }

  const iamPolicy: UntypedServiceImplementation = {
    // needs no permission; of what is not there, nobody has any
    TestIamPermissions: unary(
      () => [],
      ({ resource, permissions }: { resource: string; permissions: readonly string[] }) => ({
        permissions: state.has(resource) ? permissions.filter((permission) => !state.denied.has(permission)) : [],
      }),
    ),
  }

  const breakStreams = (code: status, subscription?: string) => {
    for (const [stream, { config }] of streams) {
      if (subscription !== undefined && config.name !== subscription) continue
      streams.delete(stream)
      stream.emit('error', new RpcError(code, 'The stream is closed by the service.'))
    }
  }
  return { publisher, subscriber, iamPolicy, sentBytes: () => sentBytes, breakStreams }
}

function propertiesOf({ config }: SubscriptionState) {
  return {
    subscriptionProperties: {
      exactlyOnceDeliveryEnabled: config.enableExactlyOnceDelivery === true,
      messageOrderingEnabled: config.enableMessageOrdering === true,
    },
  }
}

function asRpcError(error: unknown): RpcError {
  return error instanceof RpcError ? error : new RpcError(status.INTERNAL, String(error))
}

function projectOf(name: string): string {
  return name.split('/').slice(0, 2).join('/')
}

function camelCase(field: string): string {
  return field.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}
