/** Dense numeric arrays inside records: an image, an embedding. Row-major, little-endian when serialised. */
export const DTYPES = ['u8', 'i8', 'u16', 'i16', 'i32', 'u32', 'f32', 'f64'] as const
export type Dtype = (typeof DTYPES)[number]

export type TypedArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array

export class Tensor {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly data: TypedArray

  constructor(dtype: Dtype, shape: readonly number[], data: TypedArray) {
    this.dtype = dtype
    this.shape = shape
    this.data = data
  }
}

const ARRAYS = {
  u8: Uint8Array,
  i8: Int8Array,
  u16: Uint16Array,
  i16: Int16Array,
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const

/** A typed array of `dtype` over a copy of `bytes` (little-endian). Throws RangeError when the length does not fit. */
export function typedArrayOf(dtype: Dtype, bytes: Uint8Array): TypedArray {
  const copy = new Uint8Array(bytes) // aligned at offset 0
  return new ARRAYS[dtype](copy.buffer)
}
