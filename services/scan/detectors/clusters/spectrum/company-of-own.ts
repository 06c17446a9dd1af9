import type { Matrix } from '../../../numeric/matrix.ts'
import type { Grouping } from '../../../view/samples.ts'

/** How many members are asked, evenly drawn, and how many nearest records of each. */
const ASKED = 60
const NEAREST = 10

/**
 * How many times as often as by chance the nearest records of a label's group, without the group itself, bear that
 * label (ADR 215). A natural part of a label, such as slanted digits, lies nearer to the label's other records than
 * chance has it, however unlike them it is; records that a trigger pushed there come from other labels.
 */
export function companyOfOwn(
  { cols, data, rows }: Matrix,
  members: Int32Array,
  labels: Grouping,
  label: number,
): number {
  const isOut = new Uint8Array(rows)
  for (const i of members) isOut[i] = 1
  const others = Int32Array.from(isOut.keys()).filter((i) => isOut[i] === 0 && labels.of[i]! >= 0)
  const own = others.reduce((sum, i) => sum + Number(labels.of[i] === label), 0)
  if (own === 0) return 0
  const stride = Math.max(1, members.length / ASKED)
  let [seen, asked] = [0, 0]
  for (let at = 0; at < members.length; at += stride) {
    for (const j of nearest(members[Math.floor(at)]!, others, cols, data)) {
      seen += Number(labels.of[j] === label)
      asked++
    }
  }
  return (seen * others.length) / Math.max(1, asked * own)
}

/** Of the others, the nearest to record i. */
function nearest(i: number, others: Int32Array, cols: number, data: Float32Array): number[] {
  const found: { readonly j: number; readonly squares: number }[] = []
  for (const j of others) {
    const most = found.length < NEAREST ? Infinity : found.at(-1)!.squares
    let squares = 0
    for (let d = 0; d < cols && squares < most; d++) squares += (data[i * cols + d]! - data[j * cols + d]!) ** 2
    if (squares >= most) continue
    let at = found.length
    while (at > 0 && found[at - 1]!.squares > squares) at--
    found.splice(at, 0, { j, squares })
    if (found.length > NEAREST) found.pop()
  }
  return found.map(({ j }) => j)
}
