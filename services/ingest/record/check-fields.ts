import { featureFields, type Contract } from '#core/contract.ts'
import type { DeadReason } from '#core/record.ts'
import { DTYPES, Tensor, typedArrayOf, type Dtype } from '#core/tensor.ts'

/** Why something cannot be a record: `detail` names a path and a rule, never a value. */
export interface Fault {
  readonly reason: DeadReason
  readonly detail: string
}

const MAX_SHOWN = 64
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])

/** The result of checking a tree of fields: its first fault, and the total number of members of its objects. */
export interface Checked {
  readonly fault: Fault | null
  readonly members: number
}

/**
 * Checks fields in one pass. Finds what no record may contain: too deep nesting, forbidden keys, numbers that are not finite,
 * text with unpaired surrogates, malformed tensors. Replaces a tensor's JSON form by a `Tensor`.
 */
export function checkFields(root: object, depthLimit: number, names: ReadonlySet<string>): Checked {
  const path: (string | number)[] = []
  let members = 0

  const fault = (reason: DeadReason, rule: string): Fault => ({ reason, detail: `${rule} at ${pathText(path, names)}` })

  const leaf = (value: unknown): Fault | null => {
    if (typeof value === 'string') return value.isWellFormed() ? null : fault('invalid_utf8', 'unpaired surrogate')
    if (typeof value === 'number') return Number.isFinite(value) ? null : fault('not_finite', 'number not finite')
    if (value instanceof Tensor) return tensorFault(value)
    return value === null || typeof value === 'boolean' ? null : fault('undecodable', 'not a JSON value')
  }
  const tensorFault = (tensor: Tensor): Fault | null => {
    const size = tensor.shape.reduce((product, side) => product * side, 1)
    if (size !== tensor.data.length) return fault('undecodable', 'tensor does not fill its shape')
    if (tensor.dtype !== 'f32' && tensor.dtype !== 'f64') return null
    return tensor.data.every(Number.isFinite) ? null : fault('not_finite', 'tensor not finite')
  }
  const walk = (container: object, depth: number): Fault | null => {
    if (depth > depthLimit) return fault('too_deep', `more than ${depthLimit} levels`)
    const holder = container as Record<string, unknown>
    const isList = Array.isArray(container)
    for (const key of isList ? container.keys() : Object.keys(container)) {
      path.push(key)
      if (!isList) members++
      if (!isList && FORBIDDEN.has(key as string)) return fault('forbidden_key', 'forbidden key')
      let value = holder[key]
      if (isTensorForm(value)) {
        members += 3
        const tensor = reviveTensor(value)
        if (!tensor) return fault('undecodable', 'malformed tensor')
        holder[key] = value = tensor
      }
      const isContainer = typeof value === 'object' && value !== null && !(value instanceof Tensor)
      const found = isContainer ? walk(value as object, depth + 1) : leaf(value)
      if (found) return found
      path.pop()
    }
    return null
  }
  // once encoded, such a record would be decoded as a tensor and not as fields
  if (isTensorForm(root)) return { fault: fault('undecodable', 'a tensor in place of fields'), members }
  return { fault: walk(root, 1), members }
}

/** A path for messages. Keys that the contract does not name are data and are shown as `*`; long paths are shortened. */
export function pathText(path: readonly (string | number)[], names: ReadonlySet<string>): string {
  return (
    path.map((key) => (typeof key === 'number' ? `/${key}` : names.has(key) ? fieldPath(key) : '/*')).join('') || '/'
  )
}

/** A field of the contract in the form that messages show. */
export function fieldPath(field: string): string {
  return field.length <= MAX_SHOWN ? `/${field}` : `/${field.slice(0, MAX_SHOWN).toWellFormed()}…`
}

/** Names that may appear in messages: those in the contract. */
export function contractNames(contract: Contract): Set<string> {
  const names = new Set<string>()
  const collect = (schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return
    for (const [key, value] of Object.entries(schema)) {
      if (key === 'properties' && typeof value === 'object' && value !== null) {
        for (const name of Object.keys(value)) names.add(name)
      }
      if (key === 'required' && Array.isArray(value)) for (const name of value) names.add(String(name))
      collect(value)
    }
  }
  collect(contract.schema)
  for (const name of [contract.label, contract.contributor, contract.id]) if (name !== undefined) names.add(name)
  for (const field of featureFields(contract.features)) names.add(field)
  return names
}

function isTensorForm(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '$tensor')
}

function reviveTensor(form: Record<string, unknown>): Tensor | null {
  const { $tensor: dtype, shape, data } = form
  if (Object.keys(form).length !== 3 || !DTYPES.includes(dtype as Dtype) || typeof data !== 'string') return null
  if (!Array.isArray(shape) || !shape.every((side) => Number.isSafeInteger(side) && side >= 0)) return null
  const bytes = Buffer.from(data, 'base64')
  if (bytes.toString('base64') !== data) return null
  try {
    const array = typedArrayOf(dtype as Dtype, bytes)
    const size = (shape as number[]).reduce((product, side) => product * side, 1)
    return size === array.length ? new Tensor(dtype as Dtype, shape as number[], array) : null
  } catch {
    return null // a length that is not a multiple of the element's size
  }
}
