import type { KeyPair } from '#services/federate/secure/primitives.ts'
import { maskKeyOf, maskSign } from './keys.ts'
import type { Ring } from './ring.ts'
import { addCells, sameCells, type Folding } from './sketch.ts'

/**
 * Checks that sketches were made of the updates that were masked, and finds who lied if not. A fold (see `sketch.ts`) is linear:
 * the fold of a masked vector, minus the sketch, minus the folds of the client's masks, is zero. Each mask is shared and named
 * by two clients, so whoever sketches something else must name a mask differently from the other client. The keys of clients
 * that are left out of the sum become known and show who lied.
 */

/** What one client signed. */
export interface Account {
  /** The fold of its update. */
  readonly sketch: Int32Array
  /** The fold of its own mask. */
  readonly own: Int32Array
  /** The folds of the masks that it shares with clients that dropped out before their vectors came. */
  readonly gone: ReadonlyMap<number, Int32Array>
  /** The sum that its masks with all others must have, computed from its vector. */
  readonly rest: Int32Array
}

export function accountOf(
  i: number,
  vector: Int32Array,
  [sketch, own, ...more]: readonly Int32Array[],
  absent: readonly number[],
): Account {
  const gone = new Map(absent.map((j, k) => [j, more[k]!]))
  const rest = vector.slice()
  addCells(rest, sketch!, -1)
  addCells(rest, own!, -1)
  for (const [j, fold] of gone) addCells(rest, fold, maskSign(i, j) === 1 ? -1 : 1)
  return { sketch: sketch!, own: own!, gone, rest }
}

/** Whether all masks between these clients cancel and every client has weight 1. Then no client has to explain anything. */
export function balanced(accounts: Iterable<Account>): boolean {
  let sum: Int32Array | undefined
  for (const { rest, sketch } of accounts) {
    if (countsAmiss(sketch)) return false
    sum ??= new Int32Array(rest.length)
    addCells(sum, rest, 1)
  }
  return sum?.every((cell) => cell === 0) ?? true
}

/** Whether a client's own sketch shows a weight other than 1. */
const countsAmiss = (sketch: Int32Array) => sketch.at(-1) !== 0

/** For each client, the folds of the masks that it shares with each other client. */
export type Explained = ReadonlyMap<number, ReadonlyMap<number, Int32Array>>

export interface Dispute {
  /** Clients whose own statements contradict each other. */
  readonly proven: ReadonlySet<number>
  /** Clients that contradict another one: one of each such pair lies. */
  readonly disputed: ReadonlySet<number>
}

export function contradictionsIn(accounts: ReadonlyMap<number, Account>, explained: Explained): Dispute {
  const proven = new Set<number>()
  const against = new Map<number, Set<number>>()
  const mark = (i: number, j: number) => against.set(i, (against.get(i) ?? new Set()).add(j))
  for (const [i, folds] of explained) {
    const rest = accounts.get(i)!.rest.slice()
    for (const [j, fold] of folds) addCells(rest, fold, maskSign(i, j) === 1 ? -1 : 1)
    if (rest.some((cell) => cell !== 0) || countsAmiss(accounts.get(i)!.sketch)) proven.add(i)
    for (const [j, fold] of folds) {
      const other = explained.get(j)?.get(i)
      if (i > j || other === undefined || sameCells(fold, other)) continue
      mark(i, j)
      mark(j, i)
    }
  }
  // the clients with the most contradictions go first; if only two contradict each other, both go
  const disputed = new Set<number>()
  for (const i of proven) settle(i)
  for (;;) {
    const most = Math.max(0, ...[...against.values()].map(({ size }) => size))
    if (most === 0) return { proven, disputed }
    const worst = [...against].filter(([, { size }]) => size === most).map(([i]) => i)
    for (const i of worst) {
      disputed.add(i)
      settle(i)
    }
  }

  function settle(i: number): void {
    for (const j of against.get(i) ?? []) against.get(j)?.delete(i)
    against.delete(i)
  }
}

export interface Secrets {
  readonly ring: Ring
  readonly transcript: Uint8Array
  readonly maskKeys: readonly Uint8Array[]
  /** The secrets that became known: keys of survivors' own masks, and key pairs of the other clients that dealt shares. */
  readonly own: ReadonlyMap<number, Uint8Array>
  readonly pairs: ReadonlyMap<number, KeyPair>
}

/** The clients that named a mask wrongly, as the known secrets show: each is proved to have lied. */
export function liarsAmong(
  accounts: ReadonlyMap<number, Account>,
  explained: Explained,
  folding: Folding,
  { ring, transcript, maskKeys, own, pairs }: Secrets,
): Set<number> {
  const liars = new Set<number>()
  const hold = (i: number, claim: Int32Array | undefined, truth: Int32Array) => {
    if (claim !== undefined && !sameCells(claim, truth)) liars.add(i)
  }
  for (const [i, key] of own) if (accounts.has(i)) hold(i, accounts.get(i)!.own, folding.ofMask(key))
  for (const [j, pair] of pairs) {
    for (const i of ring.neighbours(j)) {
      const claims = [accounts.get(i)?.gone.get(j), explained.get(i)?.get(j), explained.get(j)?.get(i)]
      if (claims.every((claim) => claim === undefined)) continue
      const truth = folding.ofMask(maskKeyOf(pair, maskKeys[i]!, transcript, j, i))
      hold(i, claims[0], truth)
      hold(i, claims[1], truth)
      hold(j, claims[2], truth)
    }
  }
  return liars
}
