import * as tf from '@tensorflow/tfjs-core'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import { loadTensorflow } from './tensorflow.ts'
import type { ModelOutputs, Samples } from '../view/samples.ts'
import { batchOf, layoutFor, unfit } from './layout.ts'
import { type Layer, type LayersModel } from './layers-model.ts'
import { asProbabilities } from './onnx-outputs.ts'

const BATCH = 256

/**
 * The outputs of a sequential TensorFlow.js classifier for the window: its output as probabilities, and the input of
 * its last dense layer as activations. Throws `invalid` where a layer's kind is not known here, the input does not fit
 * the samples, or the output has not one number for each label.
 */
export async function layersOutputs(model: LayersModel, samples: Samples, classes: number): Promise<ModelOutputs> {
  await loadTensorflow()
  const layout = layoutFor(samples, model.inputShape)
  const last = model.layers.findLastIndex(({ kind }) => kind === 'Dense')
  if (last < 0) throw unfit('the model has no dense layer to judge by')
  const n = layout.rows.rows
  let activations = matrix(0, 0)
  let scores = matrix(0, 0)
  for (let from = 0; from < n; from += BATCH) {
    const to = Math.min(n, from + BATCH)
    const [hidden, out] = tf.tidy(() => {
      let x: tf.Tensor = tf.tensor(batchOf(layout, from, to), [to - from, ...layout.shape])
      for (const layer of model.layers.slice(0, last)) x = applied(layer, x)
      let y = x
      for (const layer of model.layers.slice(last)) y = applied(layer, y)
      return [x.dataSync<'float32'>(), y.dataSync<'float32'>()] as const
    })
    activations = placed(activations, hidden, n, from, to)
    scores = placed(scores, out, n, from, to)
  }
  if (scores.cols !== classes) throw unfit(`the model has ${scores.cols} outputs, the window ${classes} labels`)
  return { activations, probabilities: asProbabilities(scores) }
}

function placed(whole: Matrix, part: Float32Array, n: number, from: number, to: number): Matrix {
  const target = whole.rows === n ? whole : matrix(n, part.length / (to - from))
  target.data.set(part, from * target.cols)
  return target
}

function applied(layer: Layer, x: tf.Tensor): tf.Tensor {
  return activated(layer, linear(layer, x))
}

function linear({ kind, config, weights }: Layer, x: tf.Tensor): tf.Tensor {
  const weight = (name: string): tf.Tensor => {
    const found = weights.get(name)
    if (!found) throw unfit(`a ${kind} layer of the model lacks its ${name}`)
    return tf.tensor(found.values, [...found.shape])
  }
  const pair = (name: string, otherwise: [number, number]) =>
    (config[name] as [number, number] | undefined) ?? otherwise
  const padding = config['padding'] === 'same' ? 'same' : 'valid'
  const plusBias = (y: tf.Tensor) => (config['use_bias'] === false ? y : tf.add(y, weight('bias')))
  switch (kind) {
    case 'InputLayer':
    case 'Dropout':
    case 'Activation':
    case 'ReLU':
    case 'Softmax':
      return x
    case 'Flatten':
      return tf.reshape(x, [x.shape[0] ?? 0, -1])
    case 'Reshape':
      return tf.reshape(x, [x.shape[0] ?? 0, ...(config['target_shape'] as number[])])
    case 'Dense':
      return plusBias(tf.matMul(x, weight('kernel')))
    case 'Conv2D':
      return plusBias(tf.conv2d(x as tf.Tensor4D, weight('kernel') as tf.Tensor4D, pair('strides', [1, 1]), padding))
    case 'MaxPooling2D':
    case 'AveragePooling2D': {
      const pool = pair('pool_size', [2, 2])
      const over = kind === 'MaxPooling2D' ? tf.maxPool : tf.avgPool
      return over(x as tf.Tensor4D, pool, pair('strides', pool), padding)
    }
    case 'GlobalAveragePooling2D':
      return tf.mean(x, [1, 2])
    case 'BatchNormalization': {
      const scale = tf.div(
        config['scale'] === false ? tf.scalar(1) : weight('gamma'),
        tf.sqrt(tf.add(weight('moving_variance'), (config['epsilon'] as number | undefined) ?? 1e-3)),
      )
      const centred = tf.mul(tf.sub(x, weight('moving_mean')), scale)
      return config['center'] === false ? centred : tf.add(centred, weight('beta'))
    }
    default:
      throw unfit(`layers of the kind ${kind} are not known here; export the model as ONNX instead`)
  }
}

function activated({ kind, config }: Layer, x: tf.Tensor): tf.Tensor {
  const name = kind === 'ReLU' ? 'relu' : kind === 'Softmax' ? 'softmax' : (config['activation'] ?? 'linear')
  switch (name) {
    case 'linear':
      return x
    case 'relu':
      return tf.relu(x)
    case 'softmax':
      return tf.softmax(x)
    case 'sigmoid':
      return tf.sigmoid(x)
    case 'tanh':
      return tf.tanh(x)
    case 'elu':
      return tf.elu(x)
    default:
      throw unfit(
        `the activation ${typeof name === 'string' ? name : '?'} is not known here; export the model as ONNX instead`,
      )
  }
}
