import { latestEventPosition, type PartitionProperties } from '@azure/event-hubs'
import type { AppError } from '#core/errors.ts'
import type { CheckLine } from '#core/check.ts'
import { ask, closeClient } from './client.ts'
import type { EventHub, EventHubsConnection } from './connection.ts'
import { eventHubsError } from './errors.ts'
import { expiredSince, parsePlace } from './start.ts'

export interface EventHubsCheck {
  readonly hub: EventHub
  readonly options: Pick<EventHubsConnection, 'hub' | 'consumerGroup'>
  readonly positions?: (shard: string) => Promise<ReadonlyMap<string, string>>
}

const TRIES_FOR_MS = 15_000

/** The lines about a hub for `credence check`, by reading its properties and by receiving for a moment. Never rejects. */
export async function checkEventHubs({ hub, options, positions }: EventHubsCheck): Promise<CheckLine[]> {
  const { hub: hubName, consumerGroup } = options
  const client = hub.open()
  const mapped = (error: unknown, action: string) =>
    eventHubsError(error, { action, resource: hub.says, identity: hub.identity(), isFenced: false })
  try {
    const [identity, found] = await Promise.all([
      outcome(hub.findIdentity(), (error) => mapped(error, 'sign in')),
      outcome(
        ask(client, (client, options) => client.getEventHubProperties(options)),
        (error) => mapped(error, 'look up'),
      ),
    ])
    const ids = found.value?.partitionIds ?? []
    const says = `reachable, ${ids.length} partition${ids.length === 1 ? '' : 's'}`
    const lines = [
      found.problem ? failed(`hub ${hubName}`, found.problem) : ok(`hub ${hubName}`, says),
      encryptionLine(hub),
      identity.problem ? failed('identity', identity.problem) : ok('identity', identity.value!),
    ]
    const [first] = ids
    if (first === undefined) return lines
    const listening = await outcome(listen(hub, first), (error) => mapped(error, 'listen'))
    lines.push(permissionLine(consumerGroup, listening.problem))
    for (const id of ids) {
      const about = await outcome(
        ask(client, (client, options) => client.getPartitionProperties(id, options)),
        (error) => mapped(error, 'look up'),
      )
      if (about.problem) lines.push(failed(`partition ${id}`, about.problem))
      else lines.push(lagLine(about.value!, (await positions?.(id))?.get(id)))
    }
    return [...lines, retentionLine(hubName)]
  } finally {
    void closeClient(client)
  }
}

/** Opens a receiver at the end of the partition without a fence, so that it disconnects nobody; resolves once it is attached. */
async function listen(hub: EventHub, partition: string): Promise<void> {
  const client = hub.open()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error('the receiver was not attached in time')), TRIES_FOR_MS)
  try {
    client.subscribe(
      partition,
      {
        processEvents: async () => resolve(), // called with events, or with none after it waited for them
        processError: async (error) => reject(error),
      },
      { startPosition: latestEventPosition, maxBatchSize: 1, prefetchCount: 1, maxWaitTimeInSeconds: 0.1 },
    )
    await promise
  } finally {
    clearTimeout(timer)
    void closeClient(client)
  }
}

function permissionLine(group: string, problem: AppError | undefined): CheckLine {
  const what = `permission to listen as ${group}`
  if (!problem) return ok(what, 'allowed')
  // the service only says `in_use` to a caller that may listen
  if (problem.reason === 'in_use') return ok(what, 'allowed; another reader is at work')
  return problem.code === 'unavailable' ? { what, state: 'unknown', says: problem.message } : failed(what, problem)
}

function encryptionLine({ isEncrypted }: EventHub): CheckLine {
  if (isEncrypted) return ok('encryption in transit', 'TLS, certificates are verified')
  const fix = 'remove UseDevelopmentEmulator from the connection string of anything but an emulator'
  return { what: 'encryption in transit', state: 'warn', says: 'none: an emulator', fix }
}

function lagLine(properties: PartitionProperties, mark: string | undefined): CheckLine {
  const { partitionId, isEmpty, beginningSequenceNumber: begin, lastEnqueuedSequenceNumber: last } = properties
  const what = `lag of partition ${partitionId}`
  if (mark === undefined) return ok(what, `not read yet; it holds ${isEmpty ? 0 : last - begin + 1} events`)
  let place
  try {
    place = parsePlace(mark)
  } catch (error) {
    return failed(what, error as AppError)
  }
  if (place.sequenceNumber > last) {
    const fix = 'if the hub was made anew or failed over, give the source a new name'
    return { what, state: 'failed', says: `it ends at ${last}, before the position ${place.sequenceNumber}`, fix }
  }
  const expired = expiredSince(place, properties)
  const says = `${last - place.sequenceNumber} events behind the newest`
  if (expired === 0) return ok(what, says)
  const fix = 'keep events longer, or add workers'
  return { what, state: 'warn', says: `${says}, ${expired} of them have expired unread`, fix }
}

function retentionLine(hub: string): CheckLine {
  const says = 'cannot be asked for with the rights of a reader'
  const fix = `az eventhubs eventhub show --name ${hub} --query retentionDescription: keep events for longer than an outage may last`
  return { what: `retention of ${hub}`, state: 'unknown', says, fix }
}

const FIXES: { readonly [code in AppError['code']]?: string } = {
  denied: 'az role assignment create --role "Azure Event Hubs Data Receiver" for the identity, on the hub',
  not_found: 'correct the namespace, the hub or the consumer group in the configuration',
  unavailable: "check the network: outgoing TCP to port 5671, and the namespace's firewall",
  throttled: 'try again, or add throughput units',
}

function failed(what: string, { code, message }: AppError): CheckLine {
  const fix = FIXES[code]
  return { what, state: 'failed', says: message, fix }
}

function ok(what: string, says: string): CheckLine {
  return { what, state: 'ok', says }
}

async function outcome<T>(
  work: Promise<T>,
  toProblem: (error: unknown) => AppError,
): Promise<{ readonly value?: T; readonly problem?: AppError }> {
  try {
    return { value: await work }
  } catch (error) {
    return { problem: toProblem(error) }
  }
}
