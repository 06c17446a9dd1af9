import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { AppError } from '#core/errors.ts'
import { unfit } from './layout.ts'

/** One layer of a sequential TensorFlow.js model: its kind, its settings, its weights by their last name. */
export interface Layer {
  readonly kind: string
  readonly config: Readonly<Record<string, unknown>>
  readonly weights: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>
}

export interface LayersModel {
  /** Without the batch. */
  readonly inputShape: readonly (number | null)[]
  readonly layers: readonly Layer[]
}

const weightSchema = z.object({ name: z.string(), shape: z.array(z.int().nonnegative()), dtype: z.string() })
const modelSchema = z.object({
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: z.array(z.object({ paths: z.array(z.string()), weights: z.array(weightSchema) })),
})
const topologySchema = z.object({
  class_name: z.literal('Sequential'),
  config: z.union([
    z.object({ layers: z.array(z.object({ class_name: z.string(), config: z.record(z.string(), z.unknown()) })) }),
    z.array(z.object({ class_name: z.string(), config: z.record(z.string(), z.unknown()) })),
  ]),
})

/**
 * Reads a TensorFlow.js layers model (`model.json` and the weight files beside it) of the sequential kind. Throws
 * `invalid` for anything else (a graph model, a functional one, weights that are not 32-bit floats), `corrupt` where
 * the weight files are too short, `not_found` where one is missing.
 */
export async function readLayersModel(path: string): Promise<LayersModel> {
  const parsed = modelSchema.safeParse(parseJson(await read(path), path))
  const topology = parsed.data?.modelTopology
  const sequential = topologySchema.safeParse(topology?.['model_config'] ?? topology)
  if (!parsed.success || !sequential.success) {
    throw new AppError('invalid', `${path} is not a sequential TensorFlow.js layers model; export it as ONNX instead`, {
      reason: 'not_a_model',
    })
  }
  const weights = new Map<string, { shape: number[]; values: Float32Array }>()
  for (const group of parsed.data.weightsManifest) {
    // Only files beside the model are read, whatever the manifest says.
    const files = await Promise.all(group.paths.map((file) => read(join(dirname(path), basename(file)))))
    const bytes = Buffer.concat(files)
    let at = 0
    for (const { name, shape, dtype } of group.weights) {
      if (dtype !== 'float32') throw unfit(`weight ${name} is of ${dtype}, not of 32-bit floats`)
      const length = shape.reduce((product, size) => product * size, 1)
      if (at + 4 * length > bytes.length) throw new AppError('corrupt', `the weight files beside ${path} are too short`)
      weights.set(name, { shape, values: new Float32Array(new Uint8Array(bytes.subarray(at, at + 4 * length)).buffer) })
      at += 4 * length
    }
  }
  const { config } = sequential.data
  const layers = (Array.isArray(config) ? config : config.layers).map(({ class_name: kind, config: settings }) => {
    const own = [...weights].filter(([name]) => name.split('/').at(-2) === settings['name'])
    return { kind, config: settings, weights: new Map(own.map(([name, w]) => [name.split('/').at(-1) ?? name, w])) }
  })
  const shape = layers[0]?.config['batch_input_shape']
  if (!Array.isArray(shape)) throw unfit(`${path} does not say what shape its input has`)
  return { inputShape: (shape as (number | null)[]).slice(1), layers }
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new AppError('not_found', `cannot read ${path}`, { cause })
  }
}

function parseJson(bytes: Buffer, path: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new AppError('invalid', `${path} is not JSON`, { cause, reason: 'not_a_model' })
  }
}
