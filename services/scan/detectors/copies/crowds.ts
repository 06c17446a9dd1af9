import type { Neighbours } from '../../view/window-view.ts'

/** How a group of near-copies lies among the window's records. */
export interface Crowd {
  /** Whether its records are near the next, and few of them near any one: readings one after another, and copies of nothing. */
  readonly isRun: boolean
  /** Records that are none of the group, within twice the distance at which copies count, of the one that is nearest to most. */
  readonly beside: number
}

/** Copies of a record are near one of them for more than half, or within twice the distance but for so many. */
const HALF = 0.5
const ALL_BUT = 0.1
const TWICE = 2

/** Asked of a group whose records are linked within a distance; of the nearest that are known. */
export function crowds({ index, distance, k }: Neighbours, within: number): (members: Int32Array) => Crowd {
  const known = new WeakMap<Int32Array, Crowd>()
  const countWithin = (i: number, least: number) => {
    let count = 0
    while (count < k && distance[i * k + count]! < least) count++
    return count
  }
  return (members) => {
    const found = known.get(members)
    if (found !== undefined) return found
    const linked = Array.from(members, (i) => countWithin(i, within))
    const most = linked.reduce((all, count) => Math.max(all, count), 0)
    const centre = members[linked.indexOf(most)]!
    const group = new Set(members)
    const near = countWithin(centre, TWICE * within)
    const own = index.subarray(centre * k, centre * k + near).reduce((sum, j) => sum + Number(group.has(j)), 0)
    const others = members.length - 1
    const isRun = near < k && most <= HALF * others && own < (1 - ALL_BUT) * others
    const crowd = { isRun, beside: near - own }
    known.set(members, crowd)
    return crowd
  }
}
