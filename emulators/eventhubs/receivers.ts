import type { Connection, Sender, Session } from 'rhea'
import { AmqpRefusal, metricsSection, withSection } from './amqp.ts'
import type { PartitionLog } from './partition-log.ts'

const EPOCH = 'com.microsoft:epoch'
const METRICS = 'com.microsoft:enable-receiver-runtime-metric'
const SELECTOR = 'apache.org:selector-filter:string'
/** The service's quota for receivers without an epoch, for each partition and consumer group. */
const MOST_RECEIVERS = 5

export interface AttachedReceiver {
  readonly hub: string
  readonly group: string
  readonly partition: number
  readonly epoch: number | null
  /** How many more events it asked for. */
  readonly credit: number
}

interface Attached {
  readonly hub: string
  readonly group: string
  readonly partition: number
  readonly epoch: number | null
  readonly log: PartitionLog
  readonly link: Sender
  readonly metrics: boolean
  next: number
}

/** The links that events are delivered on. */
export class Receivers {
  readonly #attached = new Set<Attached>()

  list(): AttachedReceiver[] {
    return [...this.#attached].map(({ hub, group, partition, epoch, link }) => {
      return { hub, group, partition, epoch, credit: (link as unknown as { readonly credit: number }).credit }
    })
  }

  /**
   * Attaches a link, from where its filter says. Of receivers with an epoch the one with the highest stays, alone; those with
   * none are not let in beside it.
   */
  attach(link: Sender, hub: string, group: string, partition: number, log: PartitionLog): void {
    const given = (link.properties as Record<string, unknown> | undefined)?.[EPOCH]
    const epoch = given === undefined || given === null ? null : Number(given)
    const beside = [...this.#attached].filter(
      (other) => other.hub === hub && other.group === group && other.partition === partition,
    )
    const owner = beside.find((other) => other.epoch !== null)
    if (owner && (epoch === null || epoch < owner.epoch!)) {
      throw new AmqpRefusal('amqp:link:stolen', refusalBeside(owner.epoch!, epoch))
    }
    if (epoch === null && beside.length >= MOST_RECEIVERS) {
      const description = `Exceeded the maximum number of allowed receivers per partition in a consumer group which is ${MOST_RECEIVERS}`
      throw new AmqpRefusal('amqp:resource-limit-exceeded', description)
    }
    const next = log.seek(selectorOf(link))
    const wishes = [link.desired_capabilities].flat().map(String)
    if (epoch !== null) {
      for (const other of beside) {
        const description = `New receiver with higher epoch of '${epoch}' is created hence current receiver with epoch '${other.epoch}' is getting disconnected.`
        this.#close(other, { condition: 'amqp:link:stolen', description })
      }
    }
    const attached = { hub, group, partition, epoch, log, link, metrics: wishes.includes(METRICS), next }
    this.#attached.add(attached)
    this.#pump(attached)
  }

  /** Sends what each receiver of a partition asked for. */
  pump(log: PartitionLog): void {
    for (const attached of this.#attached) if (attached.log === log) this.#pump(attached)
  }

  /** A link asks for more. */
  resume(link: Sender): void {
    for (const attached of this.#attached) if (attached.link === link) this.#pump(attached)
  }

  detach(log: PartitionLog, error: { readonly condition: string; readonly description: string }): void {
    for (const attached of this.#attached) if (attached.log === log) this.#close(attached, error)
  }

  forget(link: Sender): void {
    for (const attached of this.#attached) if (attached.link === link) this.#attached.delete(attached)
  }

  forgetSession(session: Session): void {
    for (const attached of this.#attached) if (attached.link.session === session) this.#attached.delete(attached)
  }

  forgetConnection(connection: Connection): void {
    for (const attached of this.#attached) {
      if (attached.link.connection === connection) this.#attached.delete(attached)
    }
  }

  #close(attached: Attached, error: { readonly condition: string; readonly description: string }): void {
    this.#attached.delete(attached)
    attached.link.close(error)
  }

  #pump(attached: Attached): void {
    const { link, log } = attached
    attached.next = Math.max(attached.next, log.first)
    const metrics = attached.metrics && !log.isEmpty ? metricsSection(log.end) : null
    for (let event = log.at(attached.next); event && link.sendable(); event = log.at(attached.next)) {
      link.send(metrics ? withSection(event.bytes, metrics) : event.bytes, undefined, 0)
      attached.next++
    }
  }
}

function refusalBeside(owner: number, epoch: number | null): string {
  return epoch === null
    ? `At least one receiver for the endpoint is created with epoch of '${owner}', and so non-epoch receiver is not allowed. Either reconnect with a higher epoch, or make sure all epoch receivers are closed or disconnected.`
    : `Receiver creation failed: a receiver with a higher epoch '${owner}' already exists. A new receiver with epoch ${epoch} cannot be created.`
}

function selectorOf(link: Sender): string {
  const filter = link.source.filter?.[SELECTOR] as { readonly value?: unknown } | string | undefined
  return String(typeof filter === 'object' ? filter.value : (filter ?? "amqp.annotation.x-opt-offset > '-1'"))
}
