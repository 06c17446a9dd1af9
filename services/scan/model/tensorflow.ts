import * as tf from '@tensorflow/tfjs-core'

let loading: Promise<void> | undefined

/** Makes TensorFlow.js ready in this thread, once, on WebAssembly: whatever else is installed, a model says the same. */
export function loadTensorflow(): Promise<void> {
  loading ??= load()
  return loading
}

async function load(): Promise<void> {
  tf.enableProdMode()
  await quietly(() => import('@tensorflow/tfjs-backend-wasm'))
  await quietly(() => tf.setBackend('wasm'))
}

/** Runs `load` and takes back the process-wide error handlers that WebAssembly glue code installs on the way. */
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
