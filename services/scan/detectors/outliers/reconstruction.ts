import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../../detector.ts'
import type { WindowView } from '../../view/window-view.ts'

const AXES = 20

/**
 * Log of the squared remainder of an image outside the leading principal axes, which describe what the window's images
 * have in common (Jackson & Mudholkar 1979, Control Procedures for Residuals Associated with Principal Component
 * Analysis). Finds noise, and images of another kind that lie no farther out than others.
 */
export class Reconstruction implements Detector {
  readonly info: DetectorInfo = { name: 'reconstruction', family: 'outlier', version: 1 }
  readonly needs = ['images'] as const
  readonly tags = { role: 'carrier', calibration: 'light-tailed', farOutIn: 'samples', knows: 'nothing' } as const

  async score(view: WindowView): Promise<Detection> {
    const { shares, scores } = await leftByAxes(view)
    const why = (i: number) =>
      `What records here have in common leaves ${Math.round(100 * shares[i]!)} % of what sets it apart unexplained.`
    return { scores, scale: 'relative', groups: [], why }
  }
}

/** Each record's squared remainder outside the leading axes: as a share of its square, and as a logarithm. */
export async function leftByAxes(view: WindowView): Promise<{ shares: Float64Array; scores: Float64Array }> {
  const inputs = await view.inputs()
  const reduced = await view.reduced()
  const axes = Math.min(AXES, reduced.cols)
  const shares = new Float64Array(view.n)
  const scores = Float64Array.from(shares, (_, i) => {
    let [whole, kept] = [0, 0]
    for (let j = i * inputs.cols; j < (i + 1) * inputs.cols; j++) whole += inputs.data[j]! ** 2
    for (let j = i * reduced.cols; j < i * reduced.cols + axes; j++) kept += reduced.data[j]! ** 2
    shares[i] = Math.max(0, whole - kept) / Math.max(whole, 1e-12)
    return Math.log(Math.max(whole - kept, 1e-9))
  })
  return { shares, scores }
}
