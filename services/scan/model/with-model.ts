import type { ScanInput } from '../samples.ts'
import { modelOutputs } from './model-outputs.ts'

/** The window with what the user's own model says of it. Without labels there is nothing to hold its word against. */
export async function withModel(input: ScanInput, path: string): Promise<ScanInput> {
  if (input.labels === null) return input
  return { ...input, model: await modelOutputs(path, input.samples, input.labels.names.length) }
}
