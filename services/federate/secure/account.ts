import type { KeyPair } from '#services/federate/secure/primitives.ts'
import { maskKeyOf, maskSign } from './keys.ts'
import type { Ring } from './ring.ts'
import { addCells, sameCells, type Folding } from './sketch.ts'

/**
 * Whether sketches are of what was masked, and who it is where they are not. A fold is linear: that of a masked vector, less the sketch and less the
 * folds of the masks that its client names, is zero. Two clients name each mask between them; who sketches something else than it masked has to
 * name a mask otherwise than somebody else does, and the keys of whoever is left out of the sum come to light and say who it was.
 */

/** What one client signed. */
export interface Account {
  /** Of its update. */
  readonly sketch: Int32Array
  /** Of its own mask. */
  readonly own: Int32Array
  /** Of the masks that it shares with clients that dropped out before their vectors came. */
  readonly gone: ReadonlyMap<number, Int32Array>
  /** What its masks with all others have to add up to, as its vector says. */
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

/** Whether all masks between these clients cancel out and everybody counts once: then nobody has anything to explain. */
export function balanced(accounts: Iterable<Account>): boolean {
  let sum: Int32Array | undefined
  for (const { rest, sketch } of accounts) {
    if (countsAmiss(sketch)) return false
    sum ??= new Int32Array(rest.length)
    addCells(sum, rest, 1)
  }
  return sum?.every((cell) => cell === 0) ?? true
}

/** Who claims another weight than 1 says so in its own sketch. */
const countsAmiss = (sketch: Int32Array) => sketch.at(-1) !== 0

/** By client, the folds of the masks that it shares with each other one. */
export type Explained = ReadonlyMap<number, ReadonlyMap<number, Int32Array>>

export interface Dispute {
  /** Their own statements contradict one another. */
  readonly proven: ReadonlySet<number>
  /** They contradict somebody else: one of each two lies. */
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
  // who contradicts most goes first; of two that contradict each other alone, both do
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
  /** What came to light: keys of survivors' own masks, and key pairs of everybody else that shared. */
  readonly own: ReadonlyMap<number, Uint8Array>
  readonly pairs: ReadonlyMap<number, KeyPair>
}

/** Who named a mask otherwise than it was, by the secrets that came to light: each of them is proved to have lied. */
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
