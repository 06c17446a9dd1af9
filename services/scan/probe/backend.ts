import { createRequire } from 'node:module'
import * as tf from '@tensorflow/tfjs-core'

let loading: Promise<string> | undefined

/**
 * Makes TensorFlow.js ready in this thread, once, and returns the backend's name: `tensorflow` where the optional
 * `@tensorflow/tfjs-node` loads, else `wasm`.
 */
export function loadTensorflow(): Promise<string> {
  loading ??= load()
  return loading
}

async function load(): Promise<string> {
  tf.enableProdMode()
  if (await loadNative()) return 'tensorflow'
  await quietly(() => import('@tensorflow/tfjs-backend-wasm'))
  await quietly(() => tf.setBackend('wasm'))
  return 'wasm'
}

async function loadNative(): Promise<boolean> {
  // The bindings call a helper that Node.js has since removed.
  const util = createRequire(import.meta.url)('node:util') as { isNullOrUndefined?: (value: unknown) => boolean }
  util.isNullOrUndefined ??= (value) => value === null || value === undefined
  // Not a literal, for the package is optional and its types may be absent.
  const optional: string = '@tensorflow/tfjs-node'
  try {
    await import(optional)
    return await tf.setBackend('tensorflow')
  } catch {
    return false
  }
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
