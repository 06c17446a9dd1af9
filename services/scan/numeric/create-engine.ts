import type { Engine } from './engine.ts'
import { createJavascriptEngine } from './javascript-engine.ts'

/** onnxruntime where its native library loads on this machine, plain JavaScript elsewhere; or the one asked for. */
export async function createEngine(wanted?: Engine['name']): Promise<Engine> {
  if (wanted === 'javascript') return createJavascriptEngine()
  try {
    const { createOnnxEngine } = await import('./onnx-engine.ts')
    return await createOnnxEngine()
  } catch (error) {
    if (wanted === 'onnxruntime') throw error
    return createJavascriptEngine()
  }
}
