import { arePhotographs } from '../../../features/photographs.ts'
import { highestFirst } from '../../../numeric/sorted.ts'
import type { Grouping, ImageSamples } from '../../../view/samples.ts'
import { comparable, isSome, LEAST_MEMBERS, ofOneLabel, type Bearers } from './of-one-label.ts'

/**
 * An image is divided into so many blocks a side at most, of so many pixels a side at least; of each the first ones are read,
 * so that a large image takes no longer than one of eighty pixels a side.
 */
const BLOCKS = { most: 8, pixels: 3, read: 8 }
/** The smallest side of an image. */
const LEAST_SIDE = 2 + BLOCKS.pixels
/** The blocks whose noise is that of an image: the smoothest tenth, and the middle one. */
const QUANTILES = [0.1, 0.5]
/** Of the square of a value's range: less noise is none. */
const NOTHING = 1e-5
/** Where the tail of other labels begins, and by which share its slope is read. */
const TAIL = { from: 0.02, to: 0.1 }
/** Beyond where it begins nothing is natural from so many of its e-folds on, and from so many nats. */
const BEYOND = { folds: 3, nats: 1.5 }
/** Nats between the quarters of the members' noise at most: what was added is of one strength. */
const MOST_SPREAD = 0.5

export interface Noisy extends Bearers {
  /** In what: grey, or a difference of colours. */
  readonly of: string
  readonly evidence: number
}

/**
 * By label: the records with more noise from pixel to pixel than the tail of the other labels' records explains, all of
 * about one strength. A perturbation within ε, as poison under right labels has (Geiping et al. 2021, Witches' Brew), and
 * dithering leave it; of colours natural images have hardly any. Noise is what the mask of Immerkær (1996, Fast Noise
 * Variance Estimation) leaves.
 */
export function fineNoise(samples: ImageSamples, labels: Grouping): Map<number, Noisy> {
  const found = new Map<number, Noisy>()
  const classes = comparable(labels)
  const planes = planesOf(samples)
  const tried = classes.length * planes.length * QUANTILES.length
  if (Math.min(samples.height, samples.width) < LEAST_SIDE) return found
  for (const { name, of } of planes) {
    for (const noise of noiseOf(samples, of)) {
      const order = highestFirst(noise).filter((i) => labels.of[i]! >= 0)
      for (const label of classes) {
        const bearers = beyondOthers(noise, order, labels, label)
        if (bearers === null || !isSome(bearers, label, labels)) continue
        const evidence = ofOneLabel(bearers, label, labels, tried)
        if (evidence > (found.get(label)?.evidence ?? 0)) found.set(label, { ...bearers, of: name, evidence })
      }
    }
  }
  return found
}

type Plane = (data: Float32Array, at: number) => number

const GREY = {
  name: 'grey',
  of: (data: Float32Array, at: number) => (data[at]! + data[at + 1]! + data[at + 2]!) / 3,
}

/** Grey, and of photographs in colour what red and blue have beyond green: of drawings some kinds are speckled. */
function planesOf(samples: ImageSamples): readonly { readonly name: string; readonly of: Plane }[] {
  if (samples.channels < 3) return [{ name: 'grey', of: (data, at) => data[at]! }]
  if (!arePhotographs(samples)) return [GREY]
  return [
    GREY,
    { name: 'colour', of: (data, at) => data[at]! - data[at + 1]! },
    { name: 'colour', of: (data, at) => data[at + 2]! - data[at + 1]! },
  ]
}

/** By quantile: the noise of each record, ln of a mean square. */
function noiseOf({ pixels, height, width, channels }: ImageSamples, of: Plane): Float64Array[] {
  const { rows, cols, data } = pixels
  const [down, along] = [linesOf(height), linesOf(width)]
  const at = Int32Array.from(down.lines.flatMap((y) => along.lines.map((x) => (y * width + x) * channels)))
  const blockOf = Int32Array.from(
    down.blocks.flatMap((y) => along.blocks.map((x) => (y < 0 || x < 0 ? -1 : y * BLOCKS.most + x))),
  )
  const sizes = new Int32Array(BLOCKS.most ** 2)
  for (const block of blockOf) if (block >= 0) sizes[block]!++
  const blocks = [...sizes.keys()].filter((block) => sizes[block]! > 0)
  const out = QUANTILES.map(() => new Float64Array(rows))
  const plane = new Float64Array(at.length)
  const twice = new Float64Array(down.lines.length * along.blocks.length)
  const sums = new Float64Array(sizes.length)
  const means = new Float64Array(blocks.length)
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < at.length; k++) plane[k] = of(data, i * cols + at[k]!)
    addSquares(plane, along.blocks.length, twice, blockOf, sums.fill(0))
    for (let k = 0; k < blocks.length; k++) means[k] = sums[blocks[k]!]! / sizes[blocks[k]!]!
    means.sort()
    for (const [k, quantile] of QUANTILES.entries())
      out[k]![i] = Math.log(means[Math.floor(quantile * (means.length - 1))]! + NOTHING)
  }
  return out
}

interface Lines {
  /** The lines of pixels that are read. */
  readonly lines: number[]
  /** By line that is read, without the last two: the block of the mask that begins there, −1 for none. */
  readonly blocks: number[]
}

/** Along a side: of each block as many masks as are read, and the lines that these need. */
function linesOf(side: number): Lines {
  const places = side - 2
  const count = Math.max(1, Math.min(BLOCKS.most, Math.floor(places / BLOCKS.pixels)))
  const blockOf = new Int32Array(side).fill(-1)
  const isRead = new Uint8Array(side)
  for (let block = 0; block < count; block++) {
    const first = Math.ceil((block * places) / count)
    const end = Math.min(Math.ceil(((block + 1) * places) / count), first + BLOCKS.read)
    for (let place = first; place < end; place++) {
      blockOf[place] = block
      isRead.fill(1, place, place + 3)
    }
  }
  const lines = [...isRead.keys()].filter((line) => isRead[line] === 1)
  return { lines, blocks: lines.slice(0, -2).map((line) => blockOf[line]!) }
}

/** Adds the squares of second differences along both sides, a sixth of them as the mask has it, by block. */
function addSquares(
  plane: Float64Array,
  inner: number,
  twice: Float64Array,
  blockOf: Int32Array,
  sums: Float64Array,
): void {
  for (let at = 0, to = 0; to < twice.length; at += 2)
    for (const end = to + inner; to < end; at++, to++) twice[to] = plane[at]! - 2 * plane[at + 1]! + plane[at + 2]!
  for (let at = 0; at < blockOf.length; at++) {
    if (blockOf[at]! < 0) continue
    const left = (twice[at]! - 2 * twice[at + inner]! + twice[at + 2 * inner]!) / 6
    sums[blockOf[at]!]! += left * left
  }
}

/** The records of a label beyond the tail of the others; null where its own tail reaches as far, or they differ. */
function beyondOthers(noise: Float64Array, order: Int32Array, { of, counts }: Grouping, label: number): Bearers | null {
  const others = order.length - counts[label]!
  const [first, last] = [Math.floor(TAIL.from * others), Math.floor(TAIL.to * others)]
  const own: number[] = []
  const beyond: number[] = []
  let [passed, from] = [0, Infinity]
  for (const i of order) {
    if (of[i] === label) own.push(i)
    else {
      beyond.push(noise[i]!)
      if (passed === first) from = noise[i]!
      if (passed++ === last) break
    }
  }
  const fold = (from - beyond.at(-1)!) / Math.log(TAIL.to / TAIL.from)
  const least = from + Math.max(BEYOND.folds * fold, BEYOND.nats)
  const members = own.filter((i) => noise[i]! > least)
  const near = own.filter((i) => noise[i]! > (from + least) / 2).length - members.length
  if (members.length < Math.max(LEAST_MEMBERS, near)) return null
  const quarter = members.length >> 2
  if (noise[members[quarter]!]! - noise[members.at(-1 - quarter)!]! > MOST_SPREAD) return null
  return { members: Int32Array.from(members).sort(), elsewhere: beyond.filter((value) => value > least).length }
}
