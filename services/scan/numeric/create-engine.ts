import type { Engine } from './engine.ts'
import { createWasmEngine } from './wasm-engine.ts'

/** The engine that is always available. */
export async function createEngine(): Promise<Engine> {
  return createWasmEngine()
}
