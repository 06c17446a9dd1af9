import type { Group } from '../detector.ts'
import { ENOUGH_RECORDS } from './enough.ts'
import { byPlace } from './ranks.ts'

/**
 * Shares of the records that count as far out, and the limits of the bands below them that show how far channels agree
 * by nature. Each is half of the next.
 */
const SHARES = [0.0025, 0.005, 0.01, 0.02, 0.04]
const BANDS = [0.04, 0.08, 0.16, 0.32]
/** Natural agreement may be wrong by this factor. */
const MISREAD = 1.5
/** The most by which natural agreement grows from one band to the one above. */
const MOST_GROWTH = 2
/** The fewest records of a group, and its least evidence in nats. */
const FEWEST = 8
const LEAST_EVIDENCE = 13
/** The least posterior of a member. */
const MEMBER = 0.5

/**
 * By record: the least share of the records, 0…1, that it is among by both scores: small where both find it far out.
 */
export function jointShare(a: Float64Array, b: Float64Array): Float64Array {
  const [first, second] = [shareAbove(a), shareAbove(b)]
  return first.map((share, i) => Math.max(share, second[i]!))
}

/**
 * The group of records that two channels of different inputs both find far out, by `jointShare`, where there are more
 * than by chance. If the channels are independent, s²·n of n records are among the highest share s of both. How many
 * times as many agree by nature is read from lower bands, where nothing was planted. The evidence is the Poisson
 * log-likelihood ratio of the count at the best share, less ln of the shares and `pairs` tried. Null where too little
 * of it is left.
 */
export function agreeing(joint: Float64Array, pairs: number): Group | null {
  const n = joint.length
  const within = (share: number) => joint.reduce((count, at) => count + Number(at <= share), 0)
  const ratios = BANDS.slice(1).map((to, k) => {
    const from = BANDS[k]!
    return (within(to) - within(from)) / (n * (to * to - from * from))
  })
  const natural = Math.max(1, ...ratios)
  const due = (share: number) => MISREAD * natural * share * share * n
  let evidence = -Infinity
  for (const share of SHARES) {
    const seen = within(share)
    const expected = due(share)
    if (seen < FEWEST || seen <= expected) continue
    evidence = Math.max(evidence, seen * Math.log(seen / expected) - (seen - expected))
  }
  evidence -= Math.log(pairs * SHARES.length)
  if (evidence < LEAST_EVIDENCE * Math.max(1, ENOUGH_RECORDS / n)) return null
  const posterior = posteriors(joint, within, natural, ratios[1]! / Math.max(1, ratios[2]!))
  const members = Int32Array.from(joint.keys()).filter((i) => posterior[i]! >= MEMBER)
  if (members.length < FEWEST) return null
  return {
    members,
    posterior: Float64Array.from(members, (i) => posterior[i]!),
    evidence,
    label: -1,
    summary: `${members.length} records lie far out among all samples, and far out in what a model makes of their class`,
  }
}

/**
 * The posterior of each record: the share of the records in its band that are beyond nature, never more than in the band
 * above. Natural agreement grows from band to band as it does between the two lowest, for what is odd at all is odd by
 * many measures.
 */
function posteriors(
  joint: Float64Array,
  within: (share: number) => number,
  natural: number,
  growth: number,
): Float64Array {
  const { length: n } = joint
  const posterior = new Float64Array(n)
  const step = Math.min(MOST_GROWTH, Math.max(1, growth))
  let [from, least] = [0, 1]
  for (const [k, share] of SHARES.entries()) {
    const seen = within(share) - within(from)
    const due = natural * step ** (SHARES.length - k) * n * (share * share - from * from)
    if (seen > 0) least = Math.max(0, Math.min(least, 1 - due / seen))
    for (let i = 0; i < n; i++) if (joint[i]! > from && joint[i]! <= share) posterior[i] = least
    from = share
  }
  return posterior
}

/** By record: the share of the records that score at least as high. */
function shareAbove(scores: Float64Array): Float64Array {
  return byPlace(scores, (_, to) => to / scores.length)
}
