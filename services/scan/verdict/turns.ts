import { highestFirst } from '../numeric/sorted.ts'
import { type FamilyVerdict, SILENT } from './fuse.ts'

/**
 * All records once, as a pool takes them. The families take turns: in each turn every family adds the next of the
 * records that it suspects, the most suspected first. The other records follow by risk. So a family that suspects many
 * leaves room for one that suspects few.
 */
export function byTurns(verdicts: readonly Pick<FamilyVerdict, 'logOdds'>[], risk: Float64Array): Int32Array {
  const lists = verdicts.map(({ logOdds }) => highestFirst(logOdds).filter((i) => logOdds[i]! > SILENT))
  const longest = Math.max(0, ...lists.map((list) => list.length))
  const order = new Int32Array(risk.length)
  const isTaken = new Uint8Array(risk.length)
  let count = 0
  const take = (i: number) => {
    if (isTaken[i] === 1) return
    isTaken[i] = 1
    order[count++] = i
  }
  for (let turn = 0; turn < longest; turn++) for (const list of lists) if (turn < list.length) take(list[turn]!)
  for (const i of highestFirst(risk)) take(i)
  return order
}
