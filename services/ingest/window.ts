import type { Segment } from '#core/window.ts'
import type { Prepared } from './prepare.ts'

export interface WindowLimits {
  /** Items, dead letters included. */
  readonly records: number
  readonly bytes: number
}

/** A run of items that is to become a window. */
export interface OpenWindow {
  readonly segments: readonly Segment[]
  readonly items: readonly Prepared[]
}

/**
 * Collects items into windows. Where a window ends depends on its items alone, so that the same reading from the same
 * positions cuts the same windows.
 */
export class WindowCollector {
  readonly #limits: WindowLimits
  readonly #positions: Map<string, string>
  #segments = new Map<string, Segment>()
  #items: Prepared[] = []
  #bytes = 0

  /** `positions`: how far each partition was read before. */
  constructor(limits: WindowLimits, positions: ReadonlyMap<string, string>) {
    this.#limits = limits
    this.#positions = new Map(positions)
  }

  /** Takes the next item, with what is to be kept as its position; the window when it is full. */
  add(prepared: Prepared, mark = provenanceOf(prepared).position): OpenWindow | null {
    const { partition } = provenanceOf(prepared)
    const from = this.#segments.get(partition)?.from ?? this.#positions.get(partition) ?? ''
    this.#segments.set(partition, { partition, from, to: mark })
    this.#items.push(prepared)
    this.#bytes += prepared.bytes
    return this.#items.length >= this.#limits.records || this.#bytes >= this.#limits.bytes ? this.#close() : null
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
    this.#bytes = 0
    return window
  }
}

function provenanceOf(prepared: Prepared) {
  return prepared.kind === 'record' ? prepared.record.provenance : prepared.letter.provenance
}
