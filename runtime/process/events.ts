import type { ErrorCode } from '#core/errors.ts'
import type { Stage } from '#core/jobs.ts'
import type { DeadReason } from '#core/record.ts'
import type { WindowCounts } from '#core/window.ts'

/**
 * Everything that an event may contain: names from the configuration, ids made here, counts, codes, times. No field can hold a
 * payload or a key, and `EventMap` below can use no other field.
 */
interface EventFields {
  dataset: string
  source: string
  shard: string
  window: string
  review: string
  /** A path in the object store. */
  object: string
  /** The id of a key, never a key. */
  kid: string
  stage: Stage
  /** A delivery, such as a file; `earlier` is the one that it repeats. */
  partition: string
  earlier: string
  share: number
  step: string
  code: ErrorCode
  /** A stable reason from a closed list of the part that emits it. */
  reason: string
  /** The message of an `AppError`, in one line: it names keys by id, paths and permissions, and what to do. */
  says: string
  ordinal: number
  attempt: number
  delayMs: number
  ms: number
  bytes: number
  records: number
  deadLetters: number
  flagged: number
  windows: number
  reviews: number
  counts: WindowCounts
  deadReasons: Readonly<Partial<Record<DeadReason, number>>>
  fence: number
  depth: number
  circuit: 'open' | 'half_open' | 'closed'
  signal: string
  moved: string
  family: string
  planted: number
  held: number
  federation: string
  round: number
  client: string
  clients: number
  /** The caller's address, by the socket. */
  address: string
}
type Says<Field extends keyof EventFields> = Readonly<Pick<EventFields, Field>>

/** The events by name, with their fields. */
export interface EventMap {
  'source.opened': Says<'dataset' | 'source'>
  'source.exhausted': Says<'dataset' | 'source' | 'records'>
  'source.held': Says<'dataset' | 'source' | 'shard' | 'code' | 'reason' | 'says' | 'attempt' | 'delayMs'>
  'lease.acquired': Says<'source' | 'shard' | 'fence'>
  'lease.lost': Says<'source' | 'shard' | 'fence'>
  'item.read': Says<'dataset' | 'source' | 'shard'>
  'window.staged': Says<'dataset' | 'source' | 'shard' | 'window' | 'ordinal' | 'records' | 'deadLetters' | 'ms'>
  'window.dead_letters': Says<'dataset' | 'window' | 'deadReasons'>
  /** `share`: the approximate share of the smaller delivery that is in the other, 0 to 1. */
  'delivery.repeated': Says<'dataset' | 'window' | 'partition' | 'earlier' | 'share'>
  'window.scanned': Says<'dataset' | 'window' | 'ordinal' | 'records' | 'flagged' | 'ms'>
  /** What has changed in the window: inputs, labels, or labels given inputs. */
  'window.drifted': Says<'dataset' | 'window' | 'ordinal' | 'moved'>
  /** How many of the records planted as poison in a discarded copy of the window its scan would hold. */
  'canaries.scanned': Says<'dataset' | 'window' | 'family' | 'planted' | 'held'>
  /** Records that were to be scanned together with those of other windows are missing. */
  'pool.lost': Says<'dataset' | 'window' | 'code'>
  /** Unused memories were not removed: the next start tries again. */
  'memories.left': Says<'dataset' | 'code' | 'says'>
  'window.committed': Says<'dataset' | 'window' | 'ordinal' | 'counts' | 'ms'>
  'window.held': Says<'stage' | 'window' | 'code' | 'reason' | 'says'>
  'delivery.held': Says<'dataset' | 'code' | 'reason' | 'says'>
  'job.retried': Says<'stage' | 'window' | 'attempt' | 'code' | 'delayMs'>
  'job.failed': Says<'stage' | 'window' | 'attempt' | 'code' | 'reason'>
  'queue.full': Says<'stage' | 'depth'>
  'sweeper.requeued': Says<'windows' | 'reviews'>
  'service.waiting': Says<'code' | 'says' | 'delayMs'>
  'sweeper.failed': Says<'code' | 'reason' | 'says'>
  /** `attempt` counts the failed sweeps before. */
  'sweeper.recovered': Says<'attempt'>
  'dependency.circuit': Says<'source' | 'circuit'>
  'review.added': Says<'dataset' | 'review' | 'records'>
  'review.held': Says<'dataset' | 'review' | 'code' | 'says'>
  'review.applied': Says<'dataset' | 'review' | 'records'>
  'key.created': Says<'dataset' | 'kid'>
  /** `kid` is the id of the key in its service, with the version that is current now. */
  'key.rotated': Says<'kid'>
  'object.corrupt': Says<'object' | 'reason'>
  'audit.checkpoint': Says<'ordinal' | 'kid'>
  'federation.gathering': Says<'federation' | 'clients'>
  'round.opened': Says<'federation' | 'round' | 'clients'>
  /** `clients` counts the clients whose updates are in the model. */
  'round.committed': Says<'federation' | 'round' | 'clients' | 'ms'>
  'round.rolled_back': Says<'federation' | 'round' | 'says'>
  'round.aborted': Says<'federation' | 'round' | 'says'>
  'client.held': Says<'federation' | 'round' | 'client' | 'says'>
  'model.registered': Says<'federation' | 'round'>
  /** The round is committed, but the registry does not have its model. */
  'model.unregistered': Says<'federation' | 'round' | 'code' | 'says'>
  'federation.finished': Says<'federation' | 'says'>
  /** A sign-in at the console was refused. */
  'sign_in.refused': Says<'address' | 'code' | 'reason'>
  'lifecycle.stopping': Says<'signal'>
  'lifecycle.failed': Says<'code' | 'step'>
}
export type EventName = keyof EventMap
export type AppEvent = { [Name in EventName]: { readonly name: Name } & EventMap[Name] }[EventName]

export type Level = 'error' | 'warn' | 'info' | 'debug'

/** The importance of each event: normal operation is `info` or lower. */
export const LEVELS = {
  'source.opened': 'debug',
  'source.exhausted': 'info',
  'source.held': 'error',
  'lease.acquired': 'debug',
  'lease.lost': 'warn',
  'item.read': 'debug',
  'window.staged': 'info',
  'window.dead_letters': 'info',
  'delivery.repeated': 'warn',
  'window.scanned': 'info',
  'window.drifted': 'warn',
  'canaries.scanned': 'info',
  'pool.lost': 'warn',
  'memories.left': 'warn',
  'window.committed': 'info',
  'window.held': 'error',
  'delivery.held': 'error',
  'job.retried': 'warn',
  'job.failed': 'info', // the effect on the window is `window.held`
  'queue.full': 'debug',
  'sweeper.requeued': 'debug', // most of them are queued already
  'service.waiting': 'error',
  'sweeper.failed': 'warn',
  'sweeper.recovered': 'info',
  'dependency.circuit': 'warn',
  'review.added': 'info',
  'review.held': 'error',
  'review.applied': 'info',
  'key.created': 'info',
  'key.rotated': 'info',
  'object.corrupt': 'error',
  'audit.checkpoint': 'debug',
  'federation.gathering': 'info',
  'round.opened': 'info',
  'round.committed': 'info',
  'round.rolled_back': 'error',
  'round.aborted': 'warn',
  'client.held': 'warn',
  'model.registered': 'info',
  'model.unregistered': 'warn',
  'federation.finished': 'info',
  'sign_in.refused': 'warn',
  'lifecycle.stopping': 'info',
  'lifecycle.failed': 'error',
} as const satisfies Record<EventName, Level>

export interface Events {
  emit<Name extends EventName>(name: Name, fields: EventMap[Name]): void
  /** Calls `listener` with each event of a name, or with every event; returns a function that ends this. */
  on<Name extends EventName>(
    name: Name,
    listener: (event: { readonly name: Name } & EventMap[Name]) => void,
  ): () => void
  onAny(listener: (event: AppEvent) => void): () => void
}

type Listener = (event: AppEvent) => void

/** Listeners run at once and in order; one that throws affects neither the emitter nor the others. */
export function createEvents(): Events {
  // By event name, so that events without listeners cost next to nothing: some occur for every item.
  const listeners = new Map<EventName | 'any', Set<Listener>>()
  const add = (name: EventName | 'any', listener: Listener) => {
    // A listener that is added twice is called twice.
    const own: Listener = (event) => listener(event)
    const among = listeners.get(name) ?? new Set()
    listeners.set(name, among.add(own))
    return () => void among.delete(own)
  }
  const call = (among: ReadonlySet<Listener>, event: AppEvent) => {
    for (const listener of among) {
      try {
        listener(event)
      } catch {
        // An observer must not stop the work.
      }
    }
  }
  return {
    emit(name, fields) {
      const [named, any] = [listeners.get(name), listeners.get('any')]
      if (named === undefined && any === undefined) return
      const event = { name, ...fields } as unknown as AppEvent
      if (named !== undefined) call(named, event)
      if (any !== undefined) call(any, event)
    },
    on: (name, listener) => add(name, (event) => listener(event as unknown as Parameters<typeof listener>[0])),
    onAny: (listener) => add('any', listener),
  }
}
