import type { Effort } from '#core/score.ts'
import { principalComponents } from '../numeric/pca.ts'
import type { WindowView } from './window-view.ts'

/**
 * n × 2: the first two principal axes of the probe's activations; of the reduced inputs where there are no labels, or
 * the scan is quick.
 */
export async function picture(view: WindowView, effort: Effort): Promise<Float32Array> {
  const features = view.labels === null || effort === 'quick' ? await view.reduced() : (await view.probe()).activations
  const { projected } = await principalComponents(view.engine, features, 2, view.seed)
  const map = new Float32Array(view.n * 2)
  const axes = Math.min(2, projected.cols)
  for (let i = 0; i < view.n; i++)
    for (let axis = 0; axis < axes; axis++) map[i * 2 + axis] = projected.data[i * projected.cols + axis]!
  return map
}
