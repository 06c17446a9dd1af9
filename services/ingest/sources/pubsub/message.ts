import { hash } from 'node:crypto'
import type { Message as Delivery } from '@google-cloud/pubsub'
import type { Message } from '../../messages/message.ts'
import type { PubSubConfig } from './config.ts'

/** The contributor of a message: its ordering key, or the attribute with this name (upper or lower case). */
export type ContributorOf = NonNullable<PubSubConfig['contributor']>

/**
 * Converts a delivered message. Attributes are in lower case. If the subscription has a dead-letter policy, `delivery-attempt`
 * is the number of deliveries including this one.
 */
export function messageOf(delivery: Delivery, partition: string, contributorOf?: ContributorOf): Message {
  const attributes = new Map<string, string>()
  for (const [name, value] of Object.entries(delivery.attributes)) attributes.set(name.toLowerCase(), value)
  attributes.delete('delivery-attempt') // only the service may set it
  if (delivery.deliveryAttempt > 0) attributes.set('delivery-attempt', String(delivery.deliveryAttempt))
  const contributor = contributorIn(delivery, attributes, contributorOf)
  return {
    partition,
    position: delivery.id,
    bytes: delivery.data,
    attributes,
    redeliverable: true,
    ...(contributor ? { contributor } : {}),
  }
}

function contributorIn(
  { orderingKey }: Delivery,
  attributes: ReadonlyMap<string, string>,
  contributorOf: ContributorOf | undefined,
): string | undefined {
  if (contributorOf === undefined) return undefined
  return contributorOf === 'ordering-key' ? orderingKey : attributes.get(contributorOf.attribute.toLowerCase())
}

/**
 * The mark for everything that a lane read up to an item: 32 hex digits of SHA-256 over the mark before it ('' at first), a line
 * feed and the item's position. Pub/Sub has no positions, so a window's id follows from its contents.
 */
export function nextMark(mark: string, position: string): string {
  return hash('sha256', `${mark}\n${position}`, 'hex').slice(0, 32)
}
