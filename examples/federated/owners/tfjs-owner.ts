import { createPrivateKey } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { httpTransport, keyPair, NO_MEMORY, takePart, type ClientMemory } from 'credence/federate'

/** An owner who trains with TensorFlow.js: one linear layer, one pass over the digits a round. */

const [url = '', peersFile = '', name = '', keyFile = '', folder = '', rounds = ''] = process.argv.slice(2)
const { aggregator, session, peers } = JSON.parse(readFileSync(peersFile, 'utf8')) as {
  readonly aggregator: string
  readonly session: string
  readonly peers: Readonly<Record<string, string>>
}
const secret = Buffer.from(createPrivateKey(readFileSync(keyFile)).export({ format: 'jwk' }).d!, 'base64url')
const labels = readFileSync(join(folder, 'labels.u8'))
const pixels = Float32Array.from(readFileSync(join(folder, 'pixels.u8')), (value) => value / 255)
const BATCH = 10
const RATE = 0.05

await import('@tensorflow/tfjs-backend-wasm')
await tf.setBackend('wasm')
const digits = tf.tensor2d(pixels, [labels.length, 784])
const wanted = tf.oneHot(tf.tensor1d(labels, 'int32'), 10)

function train(model: Float64Array) {
  const weights = tf.variable(tf.tensor2d(Float32Array.from(model.subarray(0, -10)), [10, 784]))
  const biases = tf.variable(tf.tensor1d(Float32Array.from(model.subarray(-10))))
  for (let from = 0; from < labels.length; from += BATCH) {
    const size = Math.min(BATCH, labels.length - from)
    tf.tidy(() => {
      const inputs = tf.slice(digits, from, size)
      const shares = tf.softmax(tf.add(tf.matMul(inputs, weights, false, true), biases))
      // the gradient of cross entropy; with all of `@tensorflow/tfjs`, an optimizer finds it
      const step = tf.mul(tf.sub(shares, tf.slice(wanted, from, size)), RATE / size)
      weights.assign(tf.sub(weights, tf.matMul(step, inputs, true)))
      biases.assign(tf.sub(biases, tf.sum(step, 0)))
    })
  }
  const trained = [...weights.dataSync(), ...biases.dataSync()]
  tf.dispose([weights, biases])
  return { update: trained.map((value, i) => value - model[i]!), weight: 1 }
}

const memoryFile = join(folder, 'memory.json') // on disk: no round is taken part in twice
let memory = existsSync(memoryFile) ? (JSON.parse(readFileSync(memoryFile, 'utf8')) as ClientMemory) : NO_MEMORY
const configured = {
  transport: httpTransport(url),
  name,
  identity: keyPair('ed25519', secret),
  aggregator: Buffer.from(aggregator, 'hex'),
  peers: new Map(Object.entries(peers).map(([peer, key]) => [peer, Buffer.from(key, 'hex')])),
  mode: 'masked',
  train,
  patience: 600_000,
  remember: (next: ClientMemory) => writeFile(memoryFile, JSON.stringify(next)),
} as const
memory = { ...memory, session }
while (memory.round < Number(rounds)) ({ memory } = await takePart(memory, configured, new AbortController().signal))
process.exit() // the threads of the backend would stay
