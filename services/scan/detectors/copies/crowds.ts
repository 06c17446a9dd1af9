import type { Neighbours } from '../../view/window-view.ts'

/** How a group of near-copies lies among the window's records. */
export interface Crowd {
  /** Whether each record is near the next, but few are near any one of them: readings of a series, and no copies. */
  readonly isRun: boolean
  /** Records outside the group that lie within twice the distance of copies around the group's most linked record. */
  readonly beside: number
}

/** More than this share of the copies of one record are linked to a single one of them. */
const HALF = 0.5
/** Or all but this share of the copies lie within `TWICE` the linking distance of that one. */
const ALL_BUT = 0.1
const TWICE = 2

/** Returns the crowd of a group whose records are linked when closer than `within`, by the k nearest that are known. */
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
