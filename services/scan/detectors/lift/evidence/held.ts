import type { Neighbours, TokenMatrix } from '../../../view/window-view.ts'
import type { Scattered } from './scattered.ts'

/** How many of a token's holders a first look takes. */
export const SOME_HOLDERS = 24

/**
 * How likely each event is for record i, judged without the records that hold the token. The array is valid until the
 * next call.
 */
export type Likelihood = (i: number, holders: RecordSet) => Float32Array

/** The window's tokens, their holders, and the records that these are compared with. */
export interface Held {
  readonly tokens: TokenMatrix
  readonly holders: (token: number) => Int32Array
  readonly beside: (token: number) => Int32Array[]
  /** Of images, the records that come nearest to holding a token and hold none of others that go with the event, which are marked; asked last, for it takes a look at all. */
  readonly nearMisses: (token: number, holding: () => Uint8Array) => Int32Array
  /** The share of its holders' nearest neighbours that hold a token too. */
  readonly fellows: (token: number) => number
  /** Tokens whose holders are near one another only by the token; null where these are not judged apart. */
  readonly scattered: Scattered | null
  /** The records that show what natural tokens do; all that count where absent. */
  readonly natural?: Uint8Array
  /** Whether a token is only a part of others and not tested itself. */
  readonly untested: (token: number) => boolean
  /** Whether a token comes with a label by nature, without anybody planting it. */
  readonly byNature: (token: number, label: number) => boolean
}

/** A set of records among a window's n, refilled many times without a new allocation. */
export class RecordSet {
  readonly #marks: Int32Array
  #mark = 0
  #lists: readonly Int32Array[] = []

  constructor(n: number) {
    this.#marks = new Int32Array(n)
  }

  /** Replaces the set by the records of the lists. */
  fill(...lists: readonly Int32Array[]): this {
    this.#mark++
    this.#lists = lists
    for (const list of lists) for (let at = 0; at < list.length; at++) this.#marks[list[at]!] = this.#mark
    return this
  }

  /** The lists of the last filling: another array after each. */
  get lists(): readonly Int32Array[] {
    return this.#lists
  }

  has(record: number): boolean {
    return this.#marks[record] === this.#mark
  }
}

/**
 * The share of the `among` nearest neighbours of a token's holders that hold it too, estimated from some of the
 * holders.
 */
export function fellowship(
  holders: (token: number) => Int32Array,
  { index, k }: Neighbours,
  among: number,
): (token: number) => number {
  const set = new RecordSet(k === 0 ? 0 : index.length / k)
  return (token) => {
    const all = holders(token)
    set.fill(all)
    const stride = Math.max(1, all.length / SOME_HOLDERS)
    let [shared, asked] = [0, 0]
    for (let at = 0; at < all.length; at += stride) {
      const i = all[Math.floor(at)]!
      for (let r = 0; r < Math.min(among, k); r++) {
        if (set.has(index[i * k + r]!)) shared++
        asked++
      }
    }
    return shared / Math.max(1, asked)
  }
}
