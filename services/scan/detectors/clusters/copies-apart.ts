import type { Grouping, ImageSamples } from '../../view/samples.ts'

/** The distance between members at least, as a share of that between the label's other records: copies are nearer. */
const LEAST_APART = 1 / 3
const MOST_PAIRS = 200

/** Whether records of a label are as different as its others are, and no copies of one image. */
export function areApart(members: Int32Array, label: number, { pixels }: ImageSamples, labels: Grouping): boolean {
  const isMember = new Set(members)
  const rest = Int32Array.from(labels.of.keys()).filter((i) => labels.of[i] === label && !isMember.has(i))
  return apartFrom(members, pixels) >= LEAST_APART * apartFrom(rest, pixels)
}

/** The median distance between records that follow one another. */
function apartFrom(records: Int32Array, { cols, data }: ImageSamples['pixels']): number {
  const distances: number[] = []
  for (let at = 1; at < Math.min(records.length, MOST_PAIRS); at++) {
    const [a, b] = [records[at - 1]! * cols, records[at]! * cols]
    let sum = 0
    for (let j = 0; j < cols; j++) sum += (data[a + j]! - data[b + j]!) ** 2
    distances.push(Math.sqrt(sum))
  }
  return distances.sort((a, b) => a - b)[distances.length >> 1] ?? 0
}
