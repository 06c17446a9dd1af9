import * as tf from '@tensorflow/tfjs-core'

let loading: Promise<void> | undefined

/**
 * Prepares TensorFlow.js in this thread, once, on WebAssembly: a model gives the same outputs whatever else is
 * installed.
 */
export function loadTensorflow(): Promise<void> {
  loading ??= load()
  return loading
}

async function load(): Promise<void> {
  tf.enableProdMode()
  await quietly(() => import('@tensorflow/tfjs-backend-wasm'))
  await quietly(() => tf.setBackend('wasm'))
}

/** Runs `load` and removes the process-wide error handlers that WebAssembly glue code installs meanwhile. */
async function quietly<T>(load: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'] as const
  const before = events.map((event) => new Set<unknown>(process.listeners(event as 'uncaughtException')))
  try {
    return await load()
  } finally {
    events.forEach((event, at) => {
      for (const listener of process.listeners(event as 'uncaughtException')) {
        if (!before[at]?.has(listener)) process.removeListener(event, listener)
      }
    })
  }
}
