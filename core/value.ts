import { DTYPES, Tensor, typedArrayOf, type Dtype } from './tensor.ts'

/**
 * The value of a field: JSON, with tensors as leaves. Objects are safe from prototype pollution: a key `__proto__` is always
 * refused.
 */
export type Value = null | boolean | number | string | Tensor | readonly Value[] | { readonly [key: string]: Value }
export type Fields = { readonly [key: string]: Value }

/**
 * Canonical JSON: keys sorted by UTF-16 code units, no white space, numbers as ECMAScript prints them (RFC 8785).
 * A tensor becomes `{"$tensor":"u8","shape":[28,28],"data":"<base64>"}`. Same value, same bytes.
 * Throws RangeError on NaN and infinities, which JSON cannot hold: decoding rejects them earlier.
 */
export function canonicalJson(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError('a number that JSON cannot hold')
    return String(value) // −0 becomes 0, as JSON.stringify has it
  }
  if (value === null || typeof value === 'boolean') return String(value)
  if (value instanceof Tensor) {
    const bytes = Buffer.from(value.data.buffer, value.data.byteOffset, value.data.byteLength)
    return `{"$tensor":"${value.dtype}","data":"${bytes.toString('base64')}","shape":${JSON.stringify(value.shape)}}`
  }
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  let members = ''
  for (const key of Object.keys(value).sort()) {
    members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`
  }
  return `{${members}}`
}

/** The inverse of `canonicalJson`. Throws SyntaxError for anything that it did not write. */
export function parseCanonicalJson(text: string): Value {
  // a function that is called for each value takes most of the time
  if (!text.includes('"$tensor"')) return JSON.parse(text) as Value
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('$tensor' in value)) return value
    const { $tensor: dtype, shape, data } = value as { $tensor: unknown; shape?: unknown; data?: unknown }
    if (!DTYPES.includes(dtype as Dtype) || !Array.isArray(shape) || typeof data !== 'string') return value
    return new Tensor(dtype as Dtype, shape as number[], typedArrayOf(dtype as Dtype, Buffer.from(data, 'base64')))
  }) as Value
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}
