import type { Group } from '../detector.ts'
import type { LabelNoise } from '../predict/label-noise.ts'
import type { Matrix } from '../numeric/matrix.ts'
import type { Grouping } from '../view/samples.ts'

const FEWEST = 5

/**
 * The suspected labels as groups: for each class that is pushed into another, its records; for the label that is
 * `leading` among the wrong ones, the records of other classes that bear it; then all other records whose label is more
 * likely wrong than not. A group has at least FEWEST records.
 */
export function labelGroups(
  noise: LabelNoise,
  expected: Matrix,
  labels: Grouping,
  odds: Float64Array,
  leading: number | null = null,
): Group[] {
  const classes = expected.cols
  const wrong = Int32Array.from(odds.keys()).filter((i) => labels.of[i]! >= 0 && odds[i]! >= 0)
  const likely = (i: number) => {
    let top = 0
    for (let c = 1; c < classes; c++) {
      if (expected.data[i * classes + c]! > expected.data[i * classes + top]!) top = c
    }
    return top
  }
  const rest = new Set(wrong)
  const groups: Group[] = []
  for (const { from, to } of noise.pushes) {
    const members = wrong.filter((i) => labels.of[i] === to && (likely(i) === from || noise.pushed[i]! >= 0))
    if (members.length < FEWEST) continue
    for (const i of members) rest.delete(i)
    const what = `look like ${labels.names[from]} and are labelled ${labels.names[to]}`
    groups.push(group(members, odds, to, `${members.length} records ${what}`))
  }
  const led = wrong.filter((i) => labels.of[i] === leading && rest.has(i))
  if (leading !== null && led.length >= FEWEST) {
    for (const i of led) rest.delete(i)
    const what = `look like other labels and are labelled ${labels.names[leading]}`
    groups.push(group(led, odds, leading, `${led.length} records ${what}`))
  }
  const scattered = Int32Array.from(rest).sort()
  if (scattered.length >= FEWEST)
    groups.push(group(scattered, odds, -1, `${scattered.length} labels disagree with what the records look like`))
  return groups
}

function group(members: Int32Array, odds: Float64Array, label: number, summary: string): Group {
  let evidence = 0
  for (const i of members) evidence += Math.max(0, odds[i]!)
  const posterior = Float64Array.from(members, (i) => 1 / (1 + Math.exp(-odds[i]!)))
  return { members, posterior, evidence, label, summary }
}
