import type { InferenceSession } from 'onnxruntime-node'
import { AppError } from '#core/errors.ts'
import { withPackages } from '#runtime/process/optional-packages.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import { softmaxRows } from '../numeric/sweeps.ts'
import type { ModelOutputs, Samples } from '../view/samples.ts'
import { batchOf, layoutFor, unfit } from './layout.ts'

const BATCH = 256
const SCORES = /logit|prob|softmax|score|class/i

/**
 * The outputs of an ONNX classifier for the window. One output has K numbers per record, probabilities or logits in the
 * order of the labels' names; another one, if there is any, is the last hidden layer (export it as an output). Throws
 * `invalid` where the file is no model, its input does not fit the samples, no output has K numbers, or onnxruntime is
 * not installed (`missing_package`).
 */
export async function onnxOutputs(model: Uint8Array, samples: Samples, classes: number): Promise<ModelOutputs> {
  const session = await open(model)
  try {
    const outputs = await runAll(session, samples)
    const names = [...outputs.keys()].filter((name) => outputs.get(name)!.cols === classes)
    const scores = names.find((name) => SCORES.test(name)) ?? names[0]
    if (scores === undefined) throw unfit(`no output of the model has ${classes} numbers a record, one for each label`)
    const hidden = [...outputs.keys()].find((name) => name !== scores)
    const probabilities = asProbabilities(outputs.get(scores)!)
    return hidden === undefined ? { probabilities } : { probabilities, activations: outputs.get(hidden)! }
  } finally {
    await session.release()
  }
}

async function open(model: Uint8Array): Promise<InferenceSession> {
  const { InferenceSession } = await loadRuntime()
  try {
    return await InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 })
  } catch (cause) {
    throw new AppError('invalid', 'the file is not a model that onnxruntime can load', { cause, reason: 'not_a_model' })
  }
}

const loadRuntime = () => withPackages(['onnxruntime-node'], () => import('onnxruntime-node'))

async function runAll(session: InferenceSession, samples: Samples): Promise<Map<string, Matrix>> {
  const [input, ...others] = session.inputMetadata
  if (input === undefined || others.length > 0 || !input.isTensor || input.type !== 'float32') {
    throw unfit('the model must have one input of 32-bit floats')
  }
  const [fixed, ...shape] = input.shape
  const { Tensor } = await loadRuntime()
  const layout = layoutFor(samples, shape)
  const n = layout.rows.rows
  const size = typeof fixed === 'number' && fixed > 0 ? fixed : BATCH
  const outputs = new Map<string, Matrix>()
  for (let from = 0; from < n; from += size) {
    const to = Math.min(n, from + size)
    // A model with a fixed batch takes no fewer records: the last batch is filled with zeros, and their outputs are
    // dropped.
    const records = typeof fixed === 'number' && fixed > 0 ? size : to - from
    const feed = new Tensor('float32', batchOf(layout, from, to, records), [records, ...layout.shape])
    const results = await session.run({ [input.name]: feed })
    for (const [name, { type, data, dims }] of Object.entries(results)) {
      if (type !== 'float32' || dims[0] !== records) continue
      const values = data as Float32Array
      const cols = values.length / records
      const whole = outputs.get(name) ?? matrix(n, cols)
      whole.data.set(values.subarray(0, (to - from) * cols), from * cols)
      outputs.set(name, whole)
    }
  }
  return outputs
}

/** Returns the scores where all rows are distributions; otherwise takes them for logits. */
export function asProbabilities(scores: Matrix): Matrix {
  for (let i = 0; i < scores.rows; i++) {
    let sum = 0
    for (let c = 0; c < scores.cols; c++) {
      const value = scores.data[i * scores.cols + c]!
      if (value < 0) return softmaxRows(scores)
      sum += value
    }
    if (Math.abs(sum - 1) > 1e-3) return softmaxRows(scores)
  }
  return scores
}
