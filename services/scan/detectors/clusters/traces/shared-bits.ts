import { arePhotographs } from '../../../features/photographs.ts'
import type { Grouping, ImageSamples } from '../../../view/samples.ts'
import { comparable, isSome, LEAST_MEMBERS, ofOneLabel, type Bearers } from './of-one-label.ts'

/** Values that a channel of a pixel has, and those next to black and to white, whose bits say nothing. */
const VALUES = 256
const SATURATED = 4
/** Values of an image that are read at most, evenly spread. */
const MOST_PLACES = 512
/** Values of an image that are read at least, and the share of them that differ. */
const LEAST_READ = 30
const LEAST_DIFFERENT = 1 / 8
/** Standard deviations of chance by which a record's bits agree with its label's at least. */
const LEAST_AGREEMENT = 6
/** Rounds, and the share of a label's records that are asked in all but the first. */
const ROUNDS = 3
const VOTERS = 0.05

export interface Agreeing extends Bearers {
  readonly evidence: number
}

/**
 * By label: the records whose lowest bits are, place by place, those that most of the label's other records have, as where
 * one message was hidden in each (Li et al. 2021, Invisible Backdoor Attacks on Deep Neural Networks via Steganography and
 * Regularization). The lowest bits of photographs are as good as random: a few records in a hundred that share them decide
 * what most have.
 */
export function sharedBits(samples: ImageSamples, labels: Grouping): Map<number, Agreeing> {
  const found = new Map<number, Agreeing>()
  if (!arePhotographs(samples)) return found
  const classes = comparable(labels)
  const agreement = agreements(samples.pixels, labels, classes)
  const agreeing = Int32Array.from(agreement.keys()).filter((i) => agreement[i]! >= LEAST_AGREEMENT)
  for (const label of classes) {
    const members = agreeing.filter((i) => labels.of[i] === label)
    const bearers = { members, elsewhere: agreeing.length - members.length }
    if (!isSome(bearers, label, labels)) continue
    const evidence = ofOneLabel(bearers, label, labels, classes.length)
    if (evidence > 0) found.set(label, { ...bearers, evidence })
  }
  return found
}

/**
 * By record: by how many standard deviations of chance its bits agree with those of most other records of its label; 0
 * without a label. In each round these are asked of the records that agreed the most in the one before.
 */
function agreements({ rows, cols, data }: ImageSamples['pixels'], labels: Grouping, classes: readonly number[]) {
  const apart = Math.ceil(cols / MOST_PLACES)
  const places = Math.ceil(cols / apart)
  const bits = bitsOf(data, rows, cols, apart, places)
  const agreement = new Float64Array(rows)
  const votes = new Int32Array(places)
  for (const label of classes) {
    const own = Int32Array.from(labels.of.keys()).filter((i) => labels.of[i] === label)
    let voters = own
    for (let round = 0; round < ROUNDS; round++) {
      votes.fill(0)
      for (const i of voters) for (let place = 0; place < places; place++) votes[place]! += bits[i * places + place]!
      const isVoter = new Set(voters)
      for (const i of own) agreement[i] = agreementOf(bits, i * places, votes, isVoter.has(i))
      voters = own
        .toSorted((a, b) => agreement[b]! - agreement[a]!)
        .subarray(0, Math.max(LEAST_MEMBERS, VOTERS * own.length))
    }
  }
  return agreement
}

/** By record and place: 1 where the lowest bit is set, −1 where it is not, 0 where it says nothing, as in images of few values. */
function bitsOf(data: Float32Array, rows: number, cols: number, apart: number, places: number): Int8Array {
  const bits = new Int8Array(rows * places)
  const met = new Uint8Array(VALUES)
  for (let i = 0; i < rows; i++) {
    met.fill(0)
    let [read, different] = [0, 0]
    for (let at = i * places, from = i * cols; at < (i + 1) * places; at++, from += apart) {
      const value = (data[from]! * (VALUES - 1) + 0.5) | 0
      if (value < SATURATED || value >= VALUES - SATURATED) continue
      bits[at] = (value & 1) * 2 - 1
      read++
      if (met[value] === 0) different++
      met[value] = 1
    }
    if (different < LEAST_DIFFERENT * read) bits.fill(0, i * places, (i + 1) * places)
  }
  return bits
}

/** Beyond what the shares of set bits lead to expect: where contrast was stretched all bits of an image are alike. */
function agreementOf(bits: Int8Array, from: number, votes: Int32Array, isVoter: boolean): number {
  let [sum, own, most, read] = [0, 0, 0, 0]
  for (let place = 0; place < votes.length; place++) {
    const bit = bits[from + place]!
    const others = votes[place]! - (isVoter ? bit : 0)
    if (bit === 0 || others === 0) continue
    const vote = others > 0 ? 1 : -1
    sum += bit * vote
    own += bit
    most += vote
    read++
  }
  return read < LEAST_READ ? 0 : (sum - (own * most) / read) / Math.sqrt(read)
}
