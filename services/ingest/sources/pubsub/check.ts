import type { protos, PubSub } from '@google-cloud/pubsub'
import { identityLine } from '#clouds/gcp/identity.ts'
import type { CheckLine } from '#core/check.ts'
import { findCredentials, ONE_CALL, type PubSubConnection } from './client.ts'
import { pubsubError } from './errors.ts'

type Config = protos.google.pubsub.v1.ISubscription
type TopicConfig = protos.google.pubsub.v1.ITopic

const GET = 'pubsub.subscriptions.get'
const CONSUME = 'pubsub.subscriptions.consume'
const TOPIC_GET = 'pubsub.topics.get'
const DELETED_TOPIC = '_deleted-topic_'
const FEW_ATTEMPTS = 20
const DAY = 86_400

/** The state of a subscription, one line for each thing that was checked. Never throws. */
export async function checkSubscription(
  client: PubSub,
  name: string,
  connection: PubSubConnection,
): Promise<readonly CheckLine[]> {
  const identity = await checkIdentity(client, connection)
  if (identity.state === 'failed') return [identity]
  const [permissions, found] = await Promise.all([checkPermissions(client, name), describe(client, name)])
  const lines = [found.line, identity, ...permissions]
  if (!found.config) return lines
  return [...lines, ...configLines(found.config, name), ...(await topicLines(client, found.config))]
}

async function describe(client: PubSub, name: string): Promise<{ line: CheckLine; config?: Config }> {
  const what = `subscription ${name}`
  try {
    const [config] = await client.subscription(name).getMetadata(ONE_CALL)
    return { line: { what, state: 'ok', says: 'answers' }, config }
  } catch (error) {
    const { code, message } = pubsubError(error, { permission: GET, resource: name })
    const fix =
      code === 'not_found'
        ? `gcloud pubsub subscriptions create ${shortName(name)} --topic=TOPIC`
        : code === 'denied'
          ? grantViewer(name)
          : 'check the network and the endpoint'
    // a caller that may only consume cannot ask this, but can read
    return { line: { what, state: code === 'denied' ? 'unknown' : 'failed', says: message, fix } }
  }
}

async function checkIdentity(client: PubSub, { emulator, credentials }: PubSubConnection): Promise<CheckLine> {
  if (credentials) return { what: 'identity', state: 'ok', says: credentials.client_email }
  const find = async () => {
    await findCredentials(client)
    return client.auth.getCredentials()
  }
  return identityLine('identity', emulator === true ? null : find, (error) =>
    pubsubError(error, { permission: CONSUME, resource: 'credentials' }),
  )
}

async function checkPermissions(client: PubSub, name: string): Promise<CheckLine[]> {
  const wanted = [
    { permission: CONSUME, fix: grant(name, 'roles/pubsub.subscriber'), isNeeded: true },
    { permission: GET, fix: grantViewer(name), isNeeded: false },
  ]
  let held: Readonly<Record<string, boolean>>
  try {
    const permissions = wanted.map(({ permission }) => permission)
    ;[held] = await client.subscription(name).iam.testPermissions(permissions, ONE_CALL)
  } catch (error) {
    const { message } = pubsubError(error, { permission: CONSUME, resource: name })
    return wanted.map(({ permission }) => ({ what: `permission ${permission}`, state: 'unknown', says: message }))
  }
  return wanted.map(({ permission, fix, isNeeded }): CheckLine => {
    const what = `permission ${permission}`
    if (held[permission] === true) return { what, state: 'ok', says: 'granted' }
    const says = isNeeded ? 'missing: nothing can be read' : 'missing: only this check needs it'
    return { what, state: isNeeded ? 'failed' : 'warn', says, fix }
  })
}

function configLines(config: Config, name: string): CheckLine[] {
  const update = `gcloud pubsub subscriptions update ${shortName(name)}`
  const { pushConfig, bigqueryConfig, cloudStorageConfig, bigtableConfig, detached, filter } = config
  const isPull = !pushConfig?.pushEndpoint && !bigqueryConfig && !cloudStorageConfig && !bigtableConfig
  const lines: CheckLine[] = []
  if (detached) {
    lines.push({ what: 'delivery', state: 'failed', says: 'detached from its topic', fix: 'create a new subscription' })
  } else if (!isPull) {
    const says = 'pushes or exports its messages: nothing can be pulled'
    lines.push({ what: 'delivery', state: 'failed', says, fix: `${update} --push-endpoint=` })
  } else lines.push({ what: 'delivery', state: 'ok', says: 'pull' })
  lines.push(
    config.enableExactlyOnceDelivery
      ? { what: 'exactly-once delivery', state: 'ok', says: 'on: acknowledgements are confirmed' }
      : { what: 'exactly-once delivery', state: 'ok', says: 'off: what comes twice is dropped by its message id' },
    config.enableMessageOrdering
      ? { what: 'ordering', state: 'ok', says: 'on: messages of an ordering key are read in their order' }
      : { what: 'ordering', state: 'ok', says: 'off: messages are read in any order' },
    retentionLine(config, update),
    expirationLine(config, update),
    { what: 'ack deadline', state: 'ok', says: `${config.ackDeadlineSeconds ?? 10} s, extended while a window fills` },
  )
  if (filter) {
    const says = 'a filter is set: the messages that it leaves out are never seen'
    lines.push({ what: 'filter', state: 'warn', says, fix: 'make sure that this is meant; a filter cannot be changed' })
  }
  return lines
}

function retentionLine({ messageRetentionDuration }: Config, update: string): CheckLine {
  const what = 'retention'
  const seconds = Number(messageRetentionDuration?.seconds ?? 7 * DAY)
  const says = `unacknowledged messages are kept for ${spell(seconds)}`
  if (seconds >= DAY) return { what, state: 'ok', says }
  const fix = `${update} --message-retention-duration=7d`
  return { what, state: 'warn', says: `${says}: a longer outage loses messages`, fix }
}

function expirationLine({ expirationPolicy }: Config, update: string): CheckLine {
  const what = 'expiration'
  const seconds = expirationPolicy ? Number(expirationPolicy.ttl?.seconds ?? 0) : 31 * DAY
  if (seconds === 0) return { what, state: 'ok', says: 'never' }
  const says = `deleted, with its messages, after ${spell(seconds)} without a reader`
  return { what, state: 'warn', says, fix: `${update} --expiration-period=never` }
}

async function topicLines(client: PubSub, config: Config): Promise<CheckLine[]> {
  const name = config.topic ?? ''
  const lines: CheckLine[] = []
  if (name === DELETED_TOPIC) {
    const fix = 'create the topic and a new subscription; what this one still holds can be read'
    lines.push({ what: 'topic', state: 'failed', says: 'was deleted: nothing new comes', fix })
  } else {
    const topic = await describeTopic(client, name)
    if ('says' in topic) lines.push(topic)
    else lines.push({ what: `topic ${name}`, state: 'ok', says: 'exists' }, encryptionLine(topic), storageLine(topic))
  }
  return [...lines, await deadLetterLine(client, config)]
}

function encryptionLine({ kmsKeyName }: TopicConfig): CheckLine {
  const what = 'encryption of the topic'
  if (kmsKeyName) return { what, state: 'ok', says: `under ${kmsKeyName}` }
  const fix = 'create the topic with --topic-encryption-key if its messages are to be under a key of yours'
  return { what, state: 'warn', says: "under Google's own keys", fix }
}

function storageLine({ messageStoragePolicy }: TopicConfig): CheckLine {
  const what = 'storage of the topic'
  const regions = messageStoragePolicy?.allowedPersistenceRegions ?? []
  const says = regions.length > 0 ? `in ${regions.join(', ')} alone` : 'in any region that the organization allows'
  return { what, state: 'ok', says }
}

async function deadLetterLine(client: PubSub, { deadLetterPolicy }: Config): Promise<CheckLine> {
  const what = 'dead-letter policy'
  const name = deadLetterPolicy?.deadLetterTopic
  if (!name) return { what, state: 'ok', says: 'none: messages come again until they are staged' }
  const attempts = deadLetterPolicy.maxDeliveryAttempts || 5
  const says = `after ${attempts} deliveries a message goes to ${name}`
  const topic = await describeTopic(client, name)
  if ('says' in topic) {
    if (topic.state === 'unknown') return { ...topic, what, says: `${says}; ${topic.says}` }
    const fix = 'create that topic and a subscription to it, or take the policy off: what goes there is lost'
    return { what, state: 'failed', says: `${says}, which does not exist`, fix }
  }
  if (attempts >= FEW_ATTEMPTS) return { what, state: 'ok', says }
  const fix = 'raise --max-delivery-attempts (up to 100)'
  return { what, state: 'warn', says: `${says}: restarts of a reader count as deliveries too`, fix }
}

/** A topic, or the line that says why it could not be read. */
async function describeTopic(client: PubSub, name: string): Promise<TopicConfig | CheckLine> {
  try {
    const [topic] = await client.topic(name).getMetadata(ONE_CALL)
    return topic
  } catch (error) {
    const failure = pubsubError(error, { permission: TOPIC_GET, resource: name })
    const what = `topic ${name}`
    if (failure.code === 'not_found') return { what, state: 'failed', says: 'does not exist' }
    const fix = `gcloud pubsub topics add-iam-policy-binding ${name} --member=IDENTITY --role=roles/pubsub.viewer`
    return { what, state: 'unknown', says: `${failure.message}; only this check needs it`, fix }
  }
}

function grant(name: string, role: string): string {
  return `gcloud pubsub subscriptions add-iam-policy-binding ${name} --member=IDENTITY --role=${role}`
}

function grantViewer(name: string): string {
  return grant(name, 'roles/pubsub.viewer')
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

function spell(seconds: number): string {
  if (seconds >= DAY) return `${Math.round(seconds / DAY)} days`
  return seconds >= 3600 ? `${Math.round(seconds / 3600)} hours` : `${Math.round(seconds / 60)} minutes`
}
