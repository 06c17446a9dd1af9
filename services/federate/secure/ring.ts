import { ascii, compareBytes } from './bytes.ts'
import { fault } from './faults.ts'
import { sha256 } from '#services/federate/secure/primitives.ts'

/** Clients that hold the shares of one client, itself among them. */
const COMMITTEE = 32
/** Beyond this many clients, each shares masks with the clients at most this far from it on the ring, on either side. */
const REACH = 16

/**
 * Who shares with whom. The roster's clients stand on a ring in an order that follows from the transcript (after Bell et al. 2020,
 * "Secure Single-Server Aggregation with (Poly)Logarithmic Overhead"): nobody chose it before everybody's keys were there.
 */
export interface Ring {
  readonly size: number
  /** Shares that give a secret back: more than two thirds of a committee. */
  readonly threshold: number
  /** Roster indexes of those who hold i's shares, by place; i itself comes first. */
  committee(i: number): readonly number[]
  /** Those whose committees i sits on, i among them, ascending; with i's place there. */
  seats(i: number): readonly { readonly of: number; readonly place: number }[]
  /** Those with whom i shares a mask, ascending. */
  neighbours(i: number): readonly number[]
  /**
   * Whether every committee (or those of some clients) keeps its threshold among these. Every one also keeps the ring of masks whole: no
   * more than a third of any 32 clients in a row are missing, and masks reach over 16.
   */
  holds(present: ReadonlySet<number>, of?: readonly number[]): boolean
  /**
   * Some of these that are enough, as long as all are: every committee of some clients keeps its threshold among them, and there are `fewest`. Who
   * has to verify signatures verifies no more than that.
   */
  enough(present: Iterable<number>, fewest: number, of: readonly number[]): number[]
  /** Everybody whose keys or signatures i builds on, ascending: those it shares masks with, and the committees that it sits on. */
  within(i: number): readonly number[]
}

export function createRing(size: number, transcript: Uint8Array): Ring {
  const label = ascii('credence federate ring v1\0')
  const rank = Array.from({ length: size }, (_, i) => {
    const index = Uint8Array.of(i >>> 8, i & 255)
    return { i, hash: sha256(label, transcript, index) }
  })
  const order = rank.sort((a, b) => compareBytes(a.hash, b.hash)).map(({ i }) => i)
  const position = new Int32Array(size)
  for (const [at, i] of order.entries()) position[i] = at
  const at = (place: number) => order[((place % size) + size) % size]!
  const members = Math.min(size, COMMITTEE)
  const threshold = Math.floor((2 * members) / 3) + 1
  const committee = (i: number) => Array.from({ length: members }, (_, k) => at(position[i]! + k))
  return {
    size,
    threshold,
    committee,
    seats: (i) =>
      Array.from({ length: members }, (_, k) => ({ of: at(position[i]! - k), place: k + 1 })).sort(
        (a, b) => a.of - b.of,
      ),
    neighbours(i) {
      const near = size <= 2 * REACH ? order : around(position[i]!, at)
      return near.filter((j) => j !== i).sort((a, b) => a - b)
    },
    holds: (present, of = order) =>
      of.every((i) => committee(i).reduce((sum, j) => sum + Number(present.has(j)), 0) >= threshold),
    enough(present, fewest, of) {
      const lacking = new Int32Array(size)
      for (const i of of) lacking[i] = threshold
      const along = [...present].sort((a, b) => position[a]! - position[b]!)
      const seatsOf = (i: number) => Array.from({ length: members }, (_, k) => at(position[i]! - k))
      const chosen: number[] = []
      const spare: number[] = []
      const count = new Int32Array(size)
      for (const i of along) for (const seat of seatsOf(i)) count[seat]! += 1
      for (const i of along) {
        const seats = seatsOf(i).filter((seat) => lacking[seat]! > 0)
        // without it, would a committee fall short of what it still lacks?
        if (seats.some((seat) => count[seat]! - 1 < lacking[seat]!)) {
          chosen.push(i)
          for (const seat of seats) lacking[seat]! -= 1
        } else spare.push(i)
        for (const seat of seatsOf(i)) count[seat]! -= 1
      }
      return [...chosen, ...spare.slice(0, Math.max(fewest - chosen.length, 0))]
    },
    within: (i) =>
      size <= 2 * members
        ? order.toSorted((a, b) => a - b)
        : Array.from({ length: 2 * members - 1 }, (_, k) => at(position[i]! - members + 1 + k)).sort((a, b) => a - b),
  }
}

function around(place: number, at: (place: number) => number): number[] {
  return Array.from({ length: 2 * REACH + 1 }, (_, k) => at(place - REACH + k))
}

/** Throws `too_few`. */
export function checkHolds(
  ring: Ring,
  present: ReadonlySet<number>,
  minimum: number,
  stage: string,
  of?: readonly number[],
): void {
  if (present.size < minimum) {
    throw fault('too_few', `${present.size} clients are left after ${stage}: the terms ask for ${minimum}`)
  }
  if (!ring.holds(present, of)) {
    throw fault(
      'too_few',
      `${present.size} of ${ring.size} clients are left after ${stage}: secrets cannot be restored`,
    )
  }
}
