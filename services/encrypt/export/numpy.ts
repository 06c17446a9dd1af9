import type { Dtype } from '#core/tensor.ts'

const DESCRIPTIONS: Readonly<Record<Dtype, string>> = {
  u8: '|u1',
  i8: '|i1',
  u16: '<u2',
  i16: '<i2',
  i32: '<i4',
  u32: '<u4',
  f32: '<f4',
  f64: '<f8',
}

export function numpyDtype(dtype: Dtype): string {
  return DESCRIPTIONS[dtype]
}

/**
 * The start of a `.npy` file, format 1.0: magic, version, length and header, padded so that the data begins at a multiple of 64
 * bytes.
 */
export function npyHeader(description: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const header = `{'descr': '${description}', 'fortran_order': False, 'shape': (${tuple}), }`
  const padding = ' '.repeat(63 - ((10 + header.length) % 64))
  const text = Buffer.from(`${header}${padding}\n`, 'latin1')
  const preamble = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 0xff, text.length >> 8])
  return Buffer.concat([preamble, text])
}

/** A text as NumPy's fixed-width unicode: UTF-32, little-endian, padded with zeros to `width` characters. */
export function numpyText(text: string, width: number): Uint8Array {
  const points = new Uint32Array(width)
  points.set(Array.from(text, (character) => character.codePointAt(0) ?? 0))
  return new Uint8Array(points.buffer)
}
