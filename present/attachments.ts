import { featureFields, type FeatureSpec } from '#core/contract.ts'
import type { DataRecord } from '#core/record.ts'
import { Tensor } from '#core/tensor.ts'
import type { Value } from '#core/value.ts'

/** Formats that a browser plays. Other bytes have no known format, and are never presented as what the record calls them. */
type Sound = 'wav' | 'ogg' | 'flac' | 'mp3'

/** Bytes of a record besides those that the detectors read: a recording, a file. */
export interface Attachment {
  /** The path in the record: `audio.bytes`. */
  readonly path: string
  readonly bytes: Uint8Array
  /** The format by the first bytes, whatever the record says; null if it cannot be played. */
  readonly sound: Sound | null
}

const MOST = 8
const DEEPEST = 4

/** The attachments of a record, in the order of its fields, at most eight. Images and vectors are shown elsewhere. */
export function attachmentsOf({ fields }: DataRecord, features: FeatureSpec | null): Attachment[] {
  const shown = new Set(features?.kind === 'image' || features?.kind === 'vector' ? featureFields(features) : [])
  const found: Attachment[] = []
  const look = (value: Value, path: readonly string[]) => {
    if (found.length === MOST || path.length > DEEPEST || typeof value !== 'object' || value === null) return
    if (value instanceof Tensor) {
      const { data, dtype, shape } = value
      if (dtype !== 'u8' || shape.length !== 1 || data.length === 0) return
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      found.push({ path: path.join('.'), bytes, sound: soundOf(bytes) })
    } else for (const [name, item] of Object.entries(value)) look(item, [...path, name])
  }
  for (const [name, value] of Object.entries(fields)) if (!shown.has(name)) look(value, [name])
  return found
}

function soundOf(bytes: Uint8Array): Sound | null {
  const ascii = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to))
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WAVE') return 'wav'
  if (ascii(0, 4) === 'OggS') return 'ogg'
  if (ascii(0, 4) === 'fLaC') return 'flac'
  const [first = 0, second = 0] = bytes
  // an ID3 tag, or directly the first frame of MPEG layer III
  return ascii(0, 3) === 'ID3' || (first === 0xff && (second & 0xe6) === 0xe2) ? 'mp3' : null
}
