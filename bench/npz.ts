import { zipSync, type Zippable } from 'fflate'

export interface NpyArray {
  readonly shape: readonly number[]
  readonly data: Uint8Array | Int32Array | Float32Array | Float64Array
}

/** An uncompressed .npz of the arrays (NumPy Enhancement Proposal 1, version 1.0, C order). */
export function npz(arrays: Readonly<Record<string, NpyArray>>): Uint8Array {
  const files: Zippable = {}
  for (const [name, array] of Object.entries(arrays)) files[`${name}.npy`] = [npy(array), { level: 0 }]
  return zipSync(files)
}

function npy({ shape, data }: NpyArray): Uint8Array {
  const size = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
  const header = `{'descr': '${descriptor(data)}', 'fortran_order': False, 'shape': ${size}, }`
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 255, padded.length >> 8])
  return Buffer.concat([
    start,
    Buffer.from(padded, 'latin1'),
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ])
}

function descriptor(data: NpyArray['data']): string {
  if (data instanceof Uint8Array) return '|u1'
  if (data instanceof Int32Array) return '<i4'
  return data instanceof Float32Array ? '<f4' : '<f8'
}
