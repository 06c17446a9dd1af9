import { AppError } from '#core/errors.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import type { Grouping, ModelOutputs } from '../view/samples.ts'
import type { Probe } from '../view/window-view.ts'
import { marginOf } from './train-probe.ts'

/**
 * The probe with the user's model's outputs in place of its own, as far as the model has them. Losses are then those of
 * one epoch, of the model as it is. Out-of-fold probabilities stay the probe's, since it is not known what the model
 * was trained on. Throws `invalid` where shapes do not fit the window.
 */
export function inPlaceOf(probe: Probe, model: ModelOutputs, labels: Grouping): Probe {
  const n = labels.of.length
  const { activations = probe.activations, probabilities = probe.probabilities } = model
  expectShape('activations', activations, n, activations.cols)
  expectShape('probabilities', probabilities, n, labels.names.length)
  if (model.losses && model.losses.length !== n) throw misfit(`${model.losses.length} losses for ${n} records`)
  if (!model.probabilities && !model.losses) return { ...probe, activations }
  const logs = matrix(
    n,
    probabilities.cols,
    probabilities.data.map((p) => Math.log(Math.max(p, 1e-9))),
  )
  const losses =
    model.losses ?? Float64Array.from(labels.of, (label, i) => (label < 0 ? 0 : -logs.data[i * logs.cols + label]!))
  const margin = Float64Array.from(labels.of, (label, i) => (label < 0 ? 0 : marginOf(logs, i, label)))
  return {
    ...probe,
    activations,
    probabilities,
    losses: matrix(n, 1, Float32Array.from(losses)),
    margin: model.probabilities ? margin : probe.margin,
  }
}

function expectShape(what: string, m: Matrix, rows: number, cols: number): void {
  if (m.rows !== rows || m.cols !== cols) throw misfit(`${what} of ${m.rows} × ${m.cols}, not ${rows} × ${cols}`)
}

function misfit(what: string): AppError {
  return new AppError('invalid', `the model's outputs do not fit the window: ${what}`, { reason: 'model_shape' })
}
