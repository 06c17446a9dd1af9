import type { Unpack } from '#services/ingest/messages/message.ts'
import type { Source } from '#services/ingest/source.ts'
import type { Emulator } from '#emulators/emulator.ts'
import type { SourceContents } from './suite.ts'

/** A service with one stream (hub, subscription) that a live source reads, made for one test. */
export interface LiveService {
  /** A source as a process makes it that has just started; it reads from the beginning of what there is. */
  readonly open: (unpack: Unpack) => Promise<Source>
  /** Sends messages, in their order; `partition` is one of those that the service was made with. */
  readonly send: (partition: string, messages: readonly Uint8Array[]) => Promise<void>
  /** Ends a source as SIGKILL would, as far as it can be done; the default closes it. */
  readonly crash?: (source: Source) => Promise<void>
  /** Breaks the connections that there are. */
  readonly tear?: () => void
  /** Nothing answers from now on, until `up`. */
  readonly down?: () => Promise<void> | void
  readonly up?: () => Promise<void> | void
  readonly inject?: Emulator['inject']
  readonly clearFaults?: Emulator['clearFaults']
  /** Bytes that its sources have been sent so far. */
  readonly received?: () => number
  readonly close: () => Promise<void>
}

export interface LiveSourceUnderTest {
  /** A service that holds these messages, `itemText` each; what is of one partition is delivered in its order. */
  readonly create: (contents: SourceContents) => Promise<LiveService>
  /** Why a case cannot be had of this service. */
  readonly skip?: { readonly [title in LiveCase]?: string }
  /** The sizes of the largest messages that the service carries. */
  readonly hugeBytes: readonly number[]
  /** Whether messages of one partition come in the order in which they were sent; they do by default. */
  readonly ordered?: boolean
  /** How many bytes it may fetch ahead of a consumer that takes nothing. */
  readonly aheadBytes: number
  /** After how long without an item there is none to come. */
  readonly quietMs?: number
  /** Whether cases may run at once: where services share nothing, faults neither. */
  readonly concurrent?: boolean
  /** When a case that failed is tried again: where another's program may end by itself. */
  readonly retry?: { readonly count: number; readonly condition: (error: { readonly message: string }) => boolean }
}

export type LiveCase =
  | 'yields every message once, each partition in its order'
  | 'yields the same items from the same place every time'
  | 'carries on after any position without a gap or a repetition'
  | 'waits where all of it was read, and yields what comes then'
  | 'yields nothing from nothing'
  | 'ends soon after it is aborted, while it reads and while it waits'
  | 'can be left in the middle and read again'
  | 'acknowledges nothing by itself'
  | 'acknowledges positions, more than once if need be'
  | 'admits every record once through crashes before staging'
  | 'admits every record once through crashes between staging and acknowledging'
  | 'delivers again under the same partition and position'
  | 'carries on inside a message of several items'
  | 'goes on behind messages that cannot be unpacked'
  | 'yields empty messages'
  | 'yields huge messages whole'
  | 'reads ahead of a slow consumer no more than it promises'
  | 'loses nothing when connections break'
  | 'says that the service does not answer, and reads on when it does'
  | 'tells throttling from denial'
  | 'knows how far behind it is'
  | 'can be closed, more than once'
