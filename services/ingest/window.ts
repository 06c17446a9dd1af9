import { FEWEST_SCANNED, type Segment } from '#core/window.ts'
import { provenanceOf, type Prepared } from './record/prepare.ts'

export interface WindowLimits {
  /** Items, dead letters included. */
  readonly records: number
  readonly bytes: number
  /** How long the window of a live source stays open; ten times as long while it is too small to be scanned. */
  readonly seconds?: number
}

/** A window that no detector could judge would be held whole: rather it waits for more, so many times as long. */
const PATIENCE = 10

/** A run of items that is to become a window. */
export interface OpenWindow {
  readonly segments: readonly Segment[]
  readonly items: readonly Prepared[]
}

/**
 * Collects items into windows. Where a window ends depends on its items alone, so that the same reading from the same
 * positions cuts the same windows; only a live source's windows may end for their age.
 */
export class WindowCollector {
  readonly #limits: WindowLimits
  readonly #now: () => number
  #openedAt: number | null = null
  readonly #positions: Map<string, string>
  #segments = new Map<string, Segment>()
  #items: Prepared[] = []
  #bytes = 0

  /** `positions`: how far each partition was read before. */
  constructor(limits: WindowLimits, positions: ReadonlyMap<string, string>, now = () => performance.now()) {
    this.#limits = limits
    this.#now = now
    this.#positions = new Map(positions)
  }

  /** Takes the next item, with what is to be kept as its position; the window when it is full. */
  add(prepared: Prepared, mark = provenanceOf(prepared).position): OpenWindow | null {
    const { partition } = provenanceOf(prepared)
    const from = this.#segments.get(partition)?.from ?? this.#positions.get(partition) ?? ''
    this.#segments.set(partition, { partition, from, to: mark })
    this.#openedAt ??= this.#now()
    this.#items.push(prepared)
    this.#bytes += prepared.bytes
    return this.#items.length >= this.#limits.records || this.#bytes >= this.#limits.bytes ? this.#close() : null
  }

  /** Milliseconds until the open window is to end for its age; null where there is none, or no limit. */
  dueInMs(): number | null {
    const { seconds } = this.#limits
    if (this.#openedAt === null || seconds === undefined) return null
    const patience = this.#items.length < FEWEST_SCANNED ? PATIENCE : 1
    return this.#openedAt + seconds * 1000 * patience - this.#now()
  }

  /** What is left at the end of a finite source; null when that is nothing. */
  finish(): OpenWindow | null {
    return this.#items.length > 0 ? this.#close() : null
  }

  #close(): OpenWindow {
    const window = { segments: [...this.#segments.values()], items: this.#items }
    for (const { partition, to } of window.segments) this.#positions.set(partition, to)
    this.#segments = new Map()
    this.#items = []
    this.#openedAt = null
    this.#bytes = 0
    return window
  }
}
