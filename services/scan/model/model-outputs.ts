import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { AppError } from '#core/errors.ts'
import { withPackages } from '#runtime/process/optional-packages.ts'
import type { ModelOutputs, Samples } from '../view/samples.ts'
import { readLayersModel } from './layers-model.ts'
import { onnxOutputs } from './onnx-outputs.ts'

const TENSORFLOW = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm']

/**
 * The outputs of the user's own classifier for the window, used in place of the probe's: an ONNX file, or the
 * `model.json` of a sequential TensorFlow.js layers model. `classes` is the number of labels; the model's outputs must
 * be in their order. Throws `not_found` without the file, and `invalid` where it is no such model, does not fit the
 * window, or its runtime is not installed (`missing_package`).
 */
export async function modelOutputs(path: string, samples: Samples, classes: number): Promise<ModelOutputs> {
  const kind = extname(path).toLowerCase()
  if (kind === '.json') {
    const model = await readLayersModel(path)
    const { layersOutputs } = await withPackages(TENSORFLOW, () => import('./layers-outputs.ts'))
    return layersOutputs(model, samples, classes)
  }
  if (kind !== '.onnx') throw new AppError('invalid', `${path}: a model is an .onnx file or a TensorFlow.js model.json`)
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new AppError('not_found', `cannot read ${path}`, { cause })
  })
  return onnxOutputs(bytes, samples, classes)
}
