import type { Trigger } from '#core/score.ts'
import type { Matrix } from '../../../numeric/matrix.ts'
import type { ImageSamples } from '../../../view/samples.ts'

/** A trigger is a patch when at least this energy of the difference lies in at most this share of the pixels. */
const PATCH = { energy: 0.75, share: 0.04 }

/**
 * The trigger that the members of a group share: their mean image less the mean image of the labels that `expected` (n
 * × K) predicts for them. It is a patch where the difference is concentrated, else a pattern.
 */
export function imageTrigger(
  samples: ImageSamples,
  members: Int32Array,
  labels: Int32Array,
  expected: Matrix,
): Trigger {
  const { height, width, channels, pixels } = samples
  const d = pixels.cols
  const isMember = new Uint8Array(pixels.rows)
  for (const i of members) isMember[i] = 1
  const share = new Float64Array(expected.cols)
  for (const i of members) {
    for (let c = 0; c < expected.cols; c++) share[c]! += expected.data[i * expected.cols + c]! / members.length
  }
  const counts = new Float64Array(expected.cols)
  for (let i = 0; i < pixels.rows; i++) if (!isMember[i] && labels[i]! >= 0) counts[labels[i]!]!++
  const difference = new Float64Array(d)
  const mean = new Float64Array(d)
  for (let i = 0; i < pixels.rows; i++) {
    const c = labels[i]!
    const weight = isMember[i] ? 1 / members.length : c >= 0 ? -share[c]! / counts[c]! : 0
    if (weight === 0) continue
    for (let j = 0; j < d; j++) {
      const v = pixels.data[i * d + j]!
      difference[j]! += weight * v
      if (isMember[i]) mean[j]! += weight * v
    }
  }
  const grey = (of: Float64Array) =>
    Array.from({ length: height * width }, (_, at) => {
      let sum = 0
      for (let c = 0; c < channels; c++) sum += of[at * channels + c]!
      return sum / channels
    })
  const [delta, values] = [grey(difference), grey(mean)]
  const order = delta.map((_, at) => at).sort((a, b) => delta[b]! ** 2 - delta[a]! ** 2 || a - b)
  const total = delta.reduce((sum, v) => sum + v * v, 0)
  const most = Math.max(1, Math.floor(PATCH.share * delta.length))
  const patch: number[] = []
  let energy = 0
  for (const at of order.slice(0, most)) {
    if (energy >= PATCH.energy * total && delta[at]! ** 2 < 0.25 * delta[order[0]!]! ** 2) break
    patch.push(at)
    energy += delta[at]! ** 2
  }
  if (energy < PATCH.energy * total) return { kind: 'pattern', shape: [height, width], delta }
  return {
    kind: 'patch',
    shape: [height, width],
    pixels: patch
      .sort((a, b) => a - b)
      .map((at) => ({ y: Math.floor(at / width), x: at % width, value: Math.min(1, Math.max(0, values[at]!)) })),
  }
}
