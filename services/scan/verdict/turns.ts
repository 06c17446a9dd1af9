import { type FamilyVerdict, SILENT } from './fuse.ts'

/**
 * All records once, as a pool takes them. The families take turns: in each turn every family adds the next of the
 * records that it suspects, the most suspected first. The other records follow by risk. So a family that suspects many
 * leaves room for one that suspects few.
 */
export function byTurns(verdicts: readonly Pick<FamilyVerdict, 'logOdds'>[], risk: Float64Array): Int32Array {
  const lists = verdicts.map(({ logOdds }) => highestFirst(logOdds, (i) => logOdds[i]! > SILENT))
  const longest = Math.max(0, ...lists.map((list) => list.length))
  const order = new Set<number>()
  for (let turn = 0; turn < longest; turn++) for (const list of lists) if (turn < list.length) order.add(list[turn]!)
  for (const i of highestFirst(risk, (i) => !order.has(i))) order.add(i)
  return Int32Array.from(order)
}

function highestFirst(values: Float64Array, isAsked: (i: number) => boolean): number[] {
  return Array.from(values.keys())
    .filter(isAsked)
    .sort((a, b) => values[b]! - values[a]! || a - b)
}
