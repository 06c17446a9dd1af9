import type { Tail } from './tail.ts'

/** Log-odds that a record is none of the clean ones, n of them, strictly rising in the raw score. */
export interface Calibrated {
  readonly logOdds: Float64Array
  /** Estimated share of the window that the channel sees stand apart. */
  readonly share: number
}

/** What is believed before the window is seen: one record in a thousand stands apart, anywhere within 40 nats. */
const PRIOR_SHARE = 1e-3
const PRIOR_RANGE = 40
/** Bins of the surprise, in nats; the bulk below the first bin's start is taken for clean whatever it looks like. */
const BIN = 0.5
const BULK_END = 2.5
const HIGHEST = 60

/**
 * The local false discovery rate of a relative channel as log-odds (Efron 2004; 2008, Microarrays, Empirical Bayes and the
 * Two-Groups Model): how many more records there are at a level of surprise than the clean tail explains, made monotone
 * by isotonic regression, on top of a prior that lets single records stand out when they are far enough.
 */
export function calibrateRelative(scores: Float64Array, tail: Tail): Calibrated {
  const surprise = scores.map((score) => tail.surprise(score))
  const bins = Math.ceil((HIGHEST - BULK_END) / BIN)
  const observed = new Float64Array(bins)
  for (const z of surprise) if (z >= BULK_END) observed[Math.min(bins - 1, Math.floor((z - BULK_END) / BIN))]!++
  const expected = observed.map((_, k) => scores.length * Math.exp(-BULK_END - k * BIN) * -Math.expm1(-BIN))
  const ratio = excessRatio(observed, expected)
  const share =
    observed.reduce((sum, count, k) => sum + Math.max(0, count * (1 - 1 / Math.max(1, ratio[k]!))), 0) / scores.length
  const prior = Math.log(PRIOR_SHARE / PRIOR_RANGE)
  const logOdds = surprise.map((z) => {
    const excess = interpolate(ratio, (z - BULK_END) / BIN - 0.5) - 1
    return logAddExp(prior + z, excess > 0 ? Math.log(excess) + 0.01 * z : -Infinity)
  })
  return { logOdds, share }
}

/** observed ÷ expected, non-decreasing, less what chance makes of such counts: some 1.5 standard errors of each pool. */
function excessRatio(observed: Float64Array, expected: Float64Array): Float64Array {
  const raw = observed.map((count, k) => count / expected[k]!)
  const pooled = isotonic(raw, expected)
  const ratio = new Float64Array(pooled.length)
  for (let from = 0; from < pooled.length;) {
    let to = from
    let [seen, due] = [0, 0]
    for (; to < pooled.length && pooled[to] === pooled[from]; to++) {
      seen += observed[to]!
      due += expected[to]!
    }
    ratio.fill(Math.max(0, seen - 1.5 * Math.sqrt(seen + 1)) / due, from, to)
    from = to
  }
  for (let k = 1; k < ratio.length; k++) ratio[k] = Math.max(ratio[k]!, ratio[k - 1]!)
  return ratio
}

/** The non-decreasing fit to `values` under `weights`: pool adjacent violators (Ayer et al. 1955). */
export function isotonic(values: Float64Array, weights: Float64Array): Float64Array {
  const blocks: { mean: number; weight: number; size: number }[] = []
  for (let k = 0; k < values.length; k++) {
    let block = { mean: values[k]!, weight: weights[k]!, size: 1 }
    for (let last = blocks.at(-1); last !== undefined && last.mean >= block.mean; last = blocks.at(-1)) {
      const weight = last.weight + block.weight
      block = {
        mean: (last.mean * last.weight + block.mean * block.weight) / weight,
        weight,
        size: last.size + block.size,
      }
      blocks.pop()
    }
    blocks.push(block)
  }
  const fitted = new Float64Array(values.length)
  let at = 0
  for (const { mean, size } of blocks) for (let k = 0; k < size; k++) fitted[at++] = mean
  return fitted
}

function interpolate(values: Float64Array, at: number): number {
  if (at <= 0) return at <= -1 ? 0 : values[0]! * (1 + at)
  const k = Math.min(Math.floor(at), values.length - 1)
  const next = values[Math.min(k + 1, values.length - 1)]!
  return values[k]! + (next - values[k]!) * Math.min(1, at - k)
}

export function logAddExp(a: number, b: number): number {
  const high = Math.max(a, b)
  return high === -Infinity ? -Infinity : high + Math.log1p(Math.exp(Math.min(a, b) - high))
}
