import { type FamilyVerdict, SILENT } from './fuse.ts'

/**
 * The records in which families take turns, each with those that it suspects most, and then the others by risk: what one family says of many has no say in what another says of
 * few. Each record once.
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
