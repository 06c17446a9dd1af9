import { ascending } from '../../numeric/sorted.ts'
import { seededRandom } from '#core/random.ts'
import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../../detector.ts'
import { imageForms } from '../../features/image-forms.ts'
import { gatherRows, type Matrix, matrix } from '../../numeric/matrix.ts'
import { nearestNeighbours } from '../../numeric/neighbours.ts'
import { principalComponents } from '../../numeric/pca.ts'
import type { WindowView } from '../../view/window-view.ts'
import { farIsland } from './far-islands.ts'
import { farKind } from './far-kinds.ts'
import { oddForms } from './odd-forms.ts'

const AXES = 50
/**
 * Records, drawn from the window, among which the nearest are sought: as good as all of them, in time linear in the
 * window.
 */
const AMONG = 2000
const NEAREST = 10
/** Least usual distance that scores are divided by: in a window of copies it is 0. */
const LEAST = 1e-3

/**
 * Mean distance to the ten images with the nearest forms, divided by the window's median. Distances are measured in the
 * principal axes of the forms, with the length of the remainder as one more coordinate (Ramaswamy, Rastogi & Shim 2000,
 * Efficient Algorithms for Mining Outliers from Large Data Sets). Finds images of another kind whose pixels lie between
 * the window's own images but near none of them: digits among clothes.
 */
export class NearestForms implements Detector {
  readonly info: DetectorInfo = { name: 'nearest-forms', family: 'outlier', version: 1 }
  readonly needs = ['images'] as const
  readonly tags = { role: 'carrier', calibration: 'light-tailed', farOutIn: 'forms' } as const

  async score(view: WindowView): Promise<Detection> {
    if (view.samples.kind !== 'image') throw new TypeError('forms are of images')
    const forms = imageForms(view.samples)
    const { projected, mean } = await principalComponents(view.engine, forms, AXES, view.seed)
    const points = withRemainder(projected, forms, mean)
    const among = seededRandom(view.seed, 'nearest forms').permutation(view.n).slice(0, AMONG).sort()
    const { k, index, distance } = nearestNeighbours(points, NEAREST + 1, gatherRows(points, among))
    const means = Float64Array.from({ length: view.n }, (_, i) => {
      let [sum, count] = [0, 0]
      for (let j = i * k; j < (i + 1) * k && count < NEAREST; j++) {
        if (among[index[j]!] === i) continue
        sum += distance[j]!
        count++
      }
      return sum / Math.max(1, count)
    })
    const typical = ascending(means)[Math.floor(view.n / 2)] ?? 1
    const scores = means.map((far) => far / Math.max(LEAST, typical))
    const why = (i: number) =>
      `What it shows is ${scores[i]!.toFixed(1)} times as far from its nearest images as is usual here.`
    const island = await farIsland(view, scores, projected)
    const far = island.length > 0 ? island : await farKind(view, scores, projected)
    const extremes = [...(await oddForms(view, scores, projected)), ...far]
    return { scores, scale: 'relative', groups: [], extremes, why }
  }
}

/** The projected rows, with the length of each row's remainder as one more coordinate. */
function withRemainder(projected: Matrix, rows: Matrix, mean: Float64Array): Matrix {
  const out = matrix(rows.rows, projected.cols + 1)
  for (let i = 0; i < rows.rows; i++) {
    let left = 0
    for (let j = 0; j < rows.cols; j++) left += (rows.data[i * rows.cols + j]! - mean[j]!) ** 2
    for (let j = 0; j < projected.cols; j++) {
      const value = projected.data[i * projected.cols + j]!
      out.data[i * out.cols + j] = value
      left -= value * value
    }
    out.data[i * out.cols + projected.cols] = Math.sqrt(Math.max(0, left))
  }
  return out
}
