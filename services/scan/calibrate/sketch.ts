import type { Sketch } from '#core/sidecar.ts'
import { ascending } from '../numeric/sorted.ts'

/** The largest weight of a centroid, as a share of the weight above it: this bounds the error of an upper quantile. */
const FINENESS = 0.03

/** The union of a sketch and more values, in the manner of the merging t-digest (Dunning & Ertl 2019). */
export function mergeSketch(sketch: Sketch | undefined, more: Iterable<number>): Sketch {
  const parts = Array.from(ascending(Float64Array.from(more)), (value) => ({ value, weight: 1 })).reverse()
  sketch?.values.forEach((value, k) => parts.push({ value, weight: sketch.weights[k]! }))
  if (sketch !== undefined) parts.sort((a, b) => b.value - a.value)
  const merged: { value: number; weight: number }[] = []
  let above = 0
  for (const part of parts) {
    const last = merged.at(-1)
    if (last !== undefined && last.weight + part.weight <= Math.max(1, FINENESS * above)) {
      last.value += ((part.value - last.value) * part.weight) / (last.weight + part.weight)
      last.weight += part.weight
    } else merged.push({ ...part })
    above += part.weight
  }
  merged.reverse()
  return { values: merged.map((part) => part.value), weights: merged.map((part) => part.weight) }
}

/** How many nats beyond ln of the number of seen values a tail is trusted: no value has shown how it continues. */
const BEYOND = 2

/**
 * −ln P(value ≥ x), by linear interpolation; what many records have alike is one value. Beyond the greatest value it is that of an exponential through the highest
 * ones, up to BEYOND nats more than the number of values supports; from there it hardly rises.
 */
export function sketchSurprise(sketch: Sketch): (x: number) => number {
  const { values, weights } = tied(sketch)
  const total = weights.reduce((a, b) => a + b, 0)
  const survival = new Float64Array(values.length)
  let above = 0
  for (let k = values.length - 1; k >= 0; k--) {
    survival[k] = -Math.log((above + weights[k]! / 2) / total)
    above += weights[k]!
  }
  const last = values.length - 1
  const shoulder = Math.max(
    0,
    survival.findIndex((z) => z >= Math.max(0, survival[last]! - 2)),
  )
  const width = Math.max(values[last]! - values[shoulder]!, 1e-9)
  const slope = Math.max(0.1, survival[last]! - survival[shoulder]!) / width
  const believed = Math.log(total) + BEYOND
  return (x) => {
    if (x >= values[last]!) {
      const beyond = survival[last]! + slope * (x - values[last]!)
      return beyond <= believed ? beyond : believed + 0.001 * Math.log1p(beyond - believed)
    }
    if (x <= values[0]!) return 0
    let [low, high] = [0, last]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (values[middle]! <= x) low = middle
      else high = middle
    }
    const share = (x - values[low]!) / Math.max(values[high]! - values[low]!, 1e-300)
    return survival[low]! + share * (survival[high]! - survival[low]!)
  }
}

/** The sketch with each value once: of the greatest, too, all that have it count. */
function tied({ values, weights }: Sketch): Sketch {
  const once: number[] = []
  const all: number[] = []
  values.forEach((value, k) => {
    if (value === once.at(-1)) all[all.length - 1]! += weights[k]!
    else all[once.push(value) - 1] = weights[k]!
  })
  return { values: once, weights: all }
}
