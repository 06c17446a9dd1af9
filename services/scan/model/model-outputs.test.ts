import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import { floatMatrix, integer, message, text } from '#test/support/onnx-model.ts'
import { softmaxRows } from '../numeric/sweeps.ts'
import type { Samples } from '../view/samples.ts'
import { modelOutputs } from './model-outputs.ts'
import { loadTensorflow } from './tensorflow.ts'

const random = seededRandom(1)
const randomMatrix = (rows: number, cols: number) =>
  matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, () => random.normal()),
  )

const [n, side, hidden, classes] = [300, 3, 4, 2]
const x = randomMatrix(n, side * side)
const [first, second] = [randomMatrix(side * side, hidden), randomMatrix(hidden, classes)]
const vectors: Samples = { kind: 'vector', vectors: x }
const images: Samples = { kind: 'image', height: side, width: side, channels: 1, pixels: x }
let folder = ''
let activations: Matrix
let probabilities: Matrix

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credence-model-'))
  const engine = await createEngine()
  const sums = await engine.multiply(x, first)
  activations = { ...sums, data: sums.data.map((value) => Math.max(0, value)) }
  probabilities = softmaxRows(await engine.multiply(activations, second))
  await writeFile(join(folder, 'net.onnx'), onnxNetwork())
  await writeFile(join(folder, 'bad.onnx'), 'no model')
  await writeLayers('net.json', 'Dense')
  await writeLayers('odd.json', 'Quantum')
  await writeFile(join(folder, 'graph.json'), JSON.stringify({ format: 'graph-model', modelTopology: { node: [] } }))
})
afterAll(() => rm(folder, { recursive: true }))

/** x → hidden = relu(x · first) → logits = hidden · second, both of them outputs. */
function onnxNetwork(): Uint8Array {
  const node = (op: string, inputs: string[], output: string) =>
    message(1, [...inputs.flatMap((name) => text(1, name)), ...text(2, output), ...text(4, op)])
  const tensor = (name: string, m: Matrix) => {
    const dims = [...integer(1, m.rows), ...integer(1, m.cols), ...integer(2, 1)]
    return message(5, [...dims, ...text(8, name), ...message(9, [...new Uint8Array(m.data.buffer)])])
  }
  const graph = [
    ...node('MatMul', ['x', 'first'], 'sums'),
    ...node('Relu', ['sums'], 'hidden'),
    ...node('MatMul', ['hidden', 'second'], 'logits'),
    ...text(2, 'net'),
    ...tensor('first', first),
    ...tensor('second', second),
    ...message(11, floatMatrix('x', ['n', 'd'])),
    ...message(12, floatMatrix('hidden', ['n', 'h'])),
    ...message(12, floatMatrix('logits', ['n', 'k'])),
  ]
  return Uint8Array.from([...integer(1, 8), ...message(7, graph), ...message(8, [...text(1, ''), ...integer(2, 13)])])
}

async function writeLayers(file: string, lastKind: string): Promise<void> {
  const layers = [
    { class_name: 'Flatten', config: { name: 'flat', batch_input_shape: [null, side, side, 1] } },
    { class_name: 'Dense', config: { name: 'one', activation: 'relu', use_bias: true } },
    { class_name: 'Dropout', config: { name: 'drop' } },
    { class_name: lastKind, config: { name: 'two', activation: 'softmax', use_bias: false } },
  ]
  const weights = [
    { name: 'one/kernel', shape: [side * side, hidden], dtype: 'float32' },
    { name: 'one/bias', shape: [hidden], dtype: 'float32' },
    { name: 'two/kernel', shape: [hidden, classes], dtype: 'float32' },
  ]
  const modelTopology = { class_name: 'Sequential', config: { name: 'net', layers } }
  const manifest = [{ paths: ['weights.bin'], weights }]
  await writeFile(join(folder, file), JSON.stringify({ modelTopology, weightsManifest: manifest }))
  const values = Float32Array.from([...first.data, ...new Float32Array(hidden), ...second.data])
  await writeFile(join(folder, 'weights.bin'), new Uint8Array(values.buffer))
}

describe("the user's own model", () => {
  it.each([
    ['an ONNX file', 'net.onnx', vectors],
    ['a TensorFlow.js layers model', 'net.json', images],
  ])('speaks through %s', async (_, file, samples) => {
    const outputs = await modelOutputs(join(folder, file), samples, classes)
    expect([outputs.activations?.rows, outputs.activations?.cols]).toEqual([n, hidden])
    activations.data.forEach((value, at) => expect(outputs.activations?.data[at]).toBeCloseTo(value, 3))
    probabilities.data.forEach((value, at) => expect(outputs.probabilities?.data[at]).toBeCloseTo(value, 4))
  })

  it.each([
    ['is missing', 'none.onnx', 'not_found'],
    ['is no model', 'bad.onnx', 'invalid'],
    ['is of another kind', 'weights.bin', 'invalid'],
    ['is a graph model', 'graph.json', 'invalid'],
  ])('is refused where the file %s', async (_, file, code) => {
    await expect(modelOutputs(join(folder, file), vectors, classes)).rejects.toMatchObject({ code })
  })

  it('is refused with the reason where it does not fit', async () => {
    const at = (file: string) => join(folder, file)
    const texts: Samples = { kind: 'text', texts: ['a'] }
    await expect(modelOutputs(at('net.onnx'), vectors, 7)).rejects.toThrow('no output of the model has 7 numbers')
    await expect(modelOutputs(at('net.onnx'), texts, 2)).rejects.toThrow('cannot read a text window')
    await expect(modelOutputs(at('net.json'), vectors, 2)).rejects.toThrow('records of 3 × 3 × 1')
    await expect(modelOutputs(at('odd.json'), images, 2)).rejects.toThrow()
  })
})

it('loading TensorFlow.js leaves no error handlers on the process', async () => {
  const before = process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection')
  await loadTensorflow()
  expect(process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection')).toBe(before)
})
