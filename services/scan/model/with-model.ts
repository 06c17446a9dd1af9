import type { Contract } from '#core/contract.ts'
import { isAppError } from '#core/errors.ts'
import { matrix, type Matrix } from '../numeric/matrix.ts'
import type { ModelOutputs, ScanInput } from '../view/samples.ts'
import { modelOutputs } from './model-outputs.ts'

export interface ModelUse {
  /** ONNX, or the `model.json` of a TensorFlow.js layers model. */
  readonly path: string
  readonly contract: Contract
  /** Receives a note where the model did not fit and the probe was used instead. */
  readonly notes: string[]
}

/**
 * The window with the outputs of the user's own model. They are in the order of the contract's `enum` for the label, or
 * of the window's labels where it has none. Throws `not_found` without the file; a model that does not fit the window
 * is noted and left out.
 */
export async function withModel(input: ScanInput, { path, contract, notes }: ModelUse): Promise<ScanInput> {
  if (input.labels === null) return input
  const { names } = input.labels
  const classes = labelEnum(contract) ?? names
  try {
    const outputs = await modelOutputs(path, input.samples, classes.length)
    return { ...input, model: inOrderOf(outputs, classes, names) }
  } catch (error) {
    if (!isAppError(error, 'invalid') || error.reason === 'missing_package') throw error
    notes.push(`The model was not used, the probe stood in for it: ${error.message}`)
    return input
  }
}

/** The labels that the contract allows, as names in its order. */
function labelEnum({ schema, label }: Contract): readonly string[] | null {
  const properties = schema['properties'] as Readonly<Record<string, { readonly enum?: unknown }>> | undefined
  const allowed = label === undefined ? undefined : properties?.[label]?.enum
  return Array.isArray(allowed) ? allowed.map(String) : null
}

/** The probabilities of the labels that the window has, in the window's order. */
function inOrderOf(outputs: ModelOutputs, classes: readonly string[], names: readonly string[]): ModelOutputs {
  const { probabilities } = outputs
  if (probabilities === undefined || classes === names) return outputs
  const columns = names.map((name) => classes.indexOf(name))
  return { ...outputs, probabilities: pick(probabilities, columns) }
}

/** Columns `of` in that order; a class that the model does not know has no probability. */
function pick(m: Matrix, of: readonly number[]): Matrix {
  const picked = matrix(m.rows, of.length)
  for (let i = 0; i < m.rows; i++)
    of.forEach((column, k) => (picked.data[i * of.length + k] = column < 0 ? 0 : (m.data[i * m.cols + column] ?? 0)))
  return picked
}
