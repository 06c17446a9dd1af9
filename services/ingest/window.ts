import { FEWEST_SCANNED, type Segment } from '#core/window.ts'
import { mergeSketches, type Sketch } from '#runtime/catalog/delivery-sketch.ts'
import type { DeliveredItems } from '#runtime/catalog/catalog.ts'
import { provenanceOf, type Prepared } from './record/prepare.ts'

export interface WindowLimits {
  /** The number of items, including dead letters. */
  readonly records: number
  readonly bytes: number
  /** Seconds for which a live source's window stays open; `PATIENCE` times as long while it is too small to be scanned. */
  readonly seconds?: number
}

export interface CollectorOptions {
  /**
   * Whether the source ends. So that its last window is not too small to be scanned, a full window waits until that many more
   * records have come; if fewer come, both share the records evenly. At most two windows' worth of items are held.
   */
  readonly finite?: boolean
  /** A clock in milliseconds that never goes back. */
  readonly now?: () => number
}

/** How many times as long a window waits if it is too small to be scanned, because it would be held whole. */
const PATIENCE = 10

/** A run of items that will become a window. */
export interface OpenWindow {
  readonly segments: readonly Segment[]
  readonly items: readonly Prepared[]
  /** What was taken from each delivery; absent if items have no content marks. */
  readonly deliveries?: readonly DeliveredItems[]
}

interface Entry {
  readonly prepared: Prepared
  /** The mark to store as its partition's position. */
  readonly mark: string
  /** The item's `contentMark`. */
  readonly content: string | undefined
}

/**
 * Collects items into windows. A window's end depends only on the items from its beginning on, so that reading again, from the
 * same positions or from the end of any of its windows, makes the same windows. Only a live source's windows may also end
 * because of their age.
 */
export class WindowCollector {
  readonly #limits: WindowLimits
  readonly #finite: boolean
  readonly #now: () => number
  readonly #positions: Map<string, string>
  #openedAt: number | null = null
  #entries: Entry[] = []
  /** The number of first entries that form a full window; 0 while there is none. */
  #full = 0
  /** The number of entries counted towards the next full window. */
  #items = 0
  #bytes = 0
  /** The number of records after the first full window. */
  #behind = 0

  /** `positions`: how far each partition was read before. */
  constructor(limits: WindowLimits, positions: ReadonlyMap<string, string>, options: CollectorOptions = {}) {
    this.#limits = limits
    this.#finite = options.finite ?? false
    this.#now = options.now ?? (() => performance.now())
    this.#positions = new Map(positions)
  }

  /**
   * Takes the next item, the mark to store as its position and, if deliveries are compared, the mark of its content. Returns the
   * window that has ended by this, if any.
   */
  add(prepared: Prepared, mark = provenanceOf(prepared).position, content?: string): OpenWindow | null {
    this.#openedAt ??= this.#now()
    this.#entries.push({ prepared, mark, content })
    this.#count(prepared)
    if (this.#full === 0) return null
    if (!this.#finite) return this.#close(this.#full)
    // What follows can be scanned on its own, or is a full window already.
    const isEnough = this.#behind >= FEWEST_SCANNED || this.#isFull()
    return isEnough ? this.#close(this.#full) : null
  }

  /** Milliseconds until the open window must end because of its age; null if there is none, or no limit. */
  dueInMs(): number | null {
    const { seconds } = this.#limits
    if (this.#openedAt === null || seconds === undefined) return null
    const patience = this.#entries.length < FEWEST_SCANNED ? PATIENCE : 1
    return this.#openedAt + seconds * 1000 * patience - this.#now()
  }

  /** Returns what is left at the end, one window per call; null if nothing is left. */
  finish(): OpenWindow | null {
    if (this.#entries.length === 0) return null
    return this.#close(this.#full === 0 ? this.#entries.length : this.#share())
  }

  /**
   * How many entries the next window takes if only a remainder follows a full one: as even a share of the records as the limits
   * allow, if both windows can be scanned then; else the full window.
   */
  #share(): number {
    if (this.#behind === 0 || this.#behind >= FEWEST_SCANNED) return this.#full
    const { records: mostItems, bytes: mostBytes } = this.#limits
    const all = this.#entries.filter(({ prepared }) => prepared.kind === 'record').length
    const last = this.#entries.length - 1
    // The entries after the split, without the last one: a window is full by what it holds, not by what would come.
    let rest = this.#entries.slice(0, last).reduce((sum, { prepared }) => sum + prepared.bytes, 0)
    let best = { length: this.#full, unevenness: Infinity }
    let records = 0
    for (const [index, { prepared }] of this.#entries.slice(0, this.#full).entries()) {
      const length = index + 1
      rest -= prepared.bytes
      if (prepared.kind === 'record') records++
      const isOneWindow = last - length < mostItems && rest < mostBytes
      if (!isOneWindow || Math.min(records, all - records) < FEWEST_SCANNED) continue
      const unevenness = Math.abs(2 * records - all)
      if (unevenness <= best.unevenness) best = { length, unevenness }
    }
    return best.length
  }

  #count(prepared: Prepared): void {
    if (this.#full > 0 && prepared.kind === 'record') this.#behind++
    this.#items++
    this.#bytes += prepared.bytes
    if (this.#full > 0 || !this.#isFull()) return
    this.#full = this.#items
    this.#items = 0
    this.#bytes = 0
  }

  #isFull(): boolean {
    return this.#items >= this.#limits.records || this.#bytes >= this.#limits.bytes
  }

  #close(length: number): OpenWindow {
    const taken = this.#entries.slice(0, length)
    const left = this.#entries.slice(length)
    this.#entries = left
    this.#openedAt = left.length === 0 ? null : this.#now()
    this.#full = this.#items = this.#bytes = this.#behind = 0
    for (const { prepared } of left) this.#count(prepared)
    const deliveries = deliveriesOf(taken)
    return { segments: this.#segments(taken), items: taken.map(({ prepared }) => prepared), deliveries }
  }

  /** What the entries took from each partition; its position moves by that. */
  #segments(taken: readonly Entry[]): Segment[] {
    const segments = new Map<string, Segment>()
    for (const { prepared, mark } of taken) {
      const { partition } = provenanceOf(prepared)
      const from = segments.get(partition)?.from ?? this.#positions.get(partition) ?? ''
      segments.set(partition, { partition, from, to: mark })
    }
    for (const { partition, to } of segments.values()) this.#positions.set(partition, to)
    return [...segments.values()]
  }
}

/** By partition, the number of items and the sketch of their contents. */
function deliveriesOf(taken: readonly Entry[]): DeliveredItems[] {
  const byPartition = Map.groupBy(
    taken.filter(({ content }) => content !== undefined),
    ({ prepared }) => provenanceOf(prepared).partition,
  )
  const nothing: Sketch = { marks: [], items: 0 }
  return [...byPartition].map(([partition, entries]) => {
    const marks = entries.flatMap(({ content }) => content ?? [])
    return { partition, ...mergeSketches(nothing, { marks, items: entries.length }) }
  })
}
