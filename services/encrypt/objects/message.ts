import { AppError } from '#core/errors.ts'

/** AES-256-GCM, HKDF-SHA-512, key commitment, no signature: the only suite that objects are written and read with. */
export const SUITE_ID = 0x0478
export const FRAME_LENGTH = 1024 * 1024
const VERSION = 2
const FRAMED = 2
const MESSAGE_ID = 32
const COMMITMENT = 32
const IV = 12
const TAG = 16
const FINAL = 0xffffffff

/** What can be wrong with an object; each fault is its own reason of refusal. */
export const FAULTS = [
  'wrong_key', // encrypted under another epoch key than it is opened with
  'wrong_context', // another object's bytes: path, dataset, window, contract or codec differ
  'uncommitted_suite', // a suite whose ciphertext can open to different bytes under different keys
  'commitment_mismatch', // the data key is not the one that the message commits to
  'truncated_header',
  'altered_header',
  'truncated_frame',
  'missing_final_frame',
  'swapped_frames',
  'oversized_frame',
  'altered_frame',
  'altered_tag',
  'trailing_data',
] as const
export type Fault = (typeof FAULTS)[number]

export function faultError(fault: Fault, message: string, cause?: unknown): AppError {
  return new AppError(fault === 'wrong_key' ? 'denied' : 'corrupt', message, { reason: fault, cause })
}

/** A message of the AWS Encryption SDK, format version 2 (its developer guide, "message format reference"), taken apart. */
export interface Message {
  readonly messageId: Uint8Array
  /** Authenticated, in clear. */
  readonly context: ReadonlyMap<string, string>
  /** The serialized context without its length, which authenticates the data key. */
  readonly rawContext: Uint8Array
  readonly dataKey: {
    readonly provider: string
    readonly keyName: string
    readonly iv: Uint8Array
    readonly sealed: Uint8Array
  }
  readonly commitment: Uint8Array
  readonly rawHeader: Uint8Array
  readonly headerTag: Uint8Array
  readonly frames: readonly Frame[]
}

export interface Frame {
  readonly sequence: number
  readonly final: boolean
  readonly iv: Uint8Array
  readonly content: Uint8Array
  readonly tag: Uint8Array
}

/**
 * Parses an object and checks its structure, not its authenticity. Stricter than the format: one suite, one frame length, one
 * wrapped data key, and nothing after the final frame (the SDK's own unsigned suites accept that). Throws `corrupt` with a
 * `Fault` as its reason.
 */
export function parseMessage(bytes: Uint8Array): Message {
  const reader = createReader(bytes)
  const version = reader.uint(1)
  if (version === 1) throw faultError('uncommitted_suite', 'message format 1 has no key commitment')
  if (version !== VERSION) throw faultError('altered_header', 'not an encrypted object')
  if (reader.uint(2) !== SUITE_ID) throw faultError('uncommitted_suite', 'not the algorithm suite of objects')
  const messageId = reader.take(MESSAGE_ID)
  const rawContext = reader.take(reader.uint(2))
  const context = parseContext(rawContext)
  if (reader.uint(2) !== 1) throw faultError('altered_header', 'an object has one wrapped data key')
  const dataKey = parseDataKey(reader)
  if (reader.uint(1) !== FRAMED) throw faultError('altered_header', 'an object has frames')
  const frameLength = reader.uint(4)
  if (frameLength > FRAME_LENGTH) throw faultError('oversized_frame', 'the header names frames that are too long')
  if (frameLength !== FRAME_LENGTH) throw faultError('altered_header', 'the header names another length of frames')
  const commitment = reader.take(COMMITMENT)
  const rawHeader = bytes.subarray(0, reader.at())
  const headerTag = reader.take(TAG)
  return {
    messageId,
    context,
    rawContext,
    dataKey,
    commitment,
    rawHeader,
    headerTag,
    frames: parseFrames(bytes, reader.at()),
  }
}

function parseContext(raw: Uint8Array): Map<string, string> {
  const reader = createReader(raw)
  const context = new Map<string, string>()
  for (let left = reader.uint(2); left > 0; left--) context.set(reader.text(), reader.text())
  if (reader.at() !== raw.length) throw faultError('altered_header', 'the context has another length')
  return context
}

/** A raw AES keyring writes its key's name, then the lengths of tag and nonce as 32 bits each, then the nonce. */
function parseDataKey(reader: Reader): Message['dataKey'] {
  const provider = reader.text()
  const info = reader.take(reader.uint(2))
  const sealed = reader.take(reader.uint(2))
  const name = info.subarray(0, Math.max(0, info.length - IV - 8))
  return { provider, keyName: Buffer.from(name).toString('utf8'), iv: info.subarray(-IV), sealed }
}

function parseFrames(bytes: Uint8Array, start: number): Frame[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const frames: Frame[] = []
  for (let at = start; ;) {
    if (at === bytes.length) throw faultError('missing_final_frame', `no final frame after ${frames.length} frames`)
    const number = frames.length + 1
    const truncated = () => faultError('truncated_frame', `frame ${number} is cut short`)
    if (at + 4 > bytes.length) throw truncated()
    const final = view.getUint32(at) === FINAL
    const head = final ? 4 + 4 + IV + 4 : 4 + IV
    if (at + head > bytes.length) throw truncated()
    const sequence = view.getUint32(final ? at + 4 : at)
    if (sequence !== number) throw faultError('swapped_frames', `frame ${sequence} stands where ${number} belongs`)
    const iv = bytes.subarray(at + (final ? 8 : 4), at + (final ? 8 : 4) + IV)
    if (!isSequenceIv(iv, sequence)) throw faultError('altered_frame', `frame ${number} has another nonce`)
    const length = final ? view.getUint32(at + head - 4) : FRAME_LENGTH
    if (length > FRAME_LENGTH) throw faultError('oversized_frame', `frame ${number} claims to be too long`)
    const end = at + head + length + TAG
    if (end > bytes.length) throw truncated()
    const content = bytes.subarray(at + head, at + head + length)
    frames.push({ sequence, final, iv, content, tag: bytes.subarray(end - TAG, end) })
    if (final && end < bytes.length) throw faultError('trailing_data', 'bytes follow the final frame')
    if (final) return frames
    at = end
  }
}

/** The nonce of a frame is its sequence number, so that no two frames of a message share one. */
function isSequenceIv(iv: Uint8Array, sequence: number): boolean {
  const view = new DataView(iv.buffer, iv.byteOffset, iv.byteLength)
  return view.getUint32(0) === 0 && view.getUint32(4) === 0 && view.getUint32(8) === sequence
}

interface Reader {
  at(): number
  uint(size: 1 | 2 | 4): number
  take(length: number): Uint8Array
  /** UTF-8 text, preceded by its length in 16 bits. */
  text(): string
}

function createReader(bytes: Uint8Array): Reader {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const take = (length: number) => {
    if (at + length > bytes.length) throw faultError('truncated_header', 'the header is cut short')
    at += length
    return bytes.subarray(at - length, at)
  }
  const uint = (size: 1 | 2 | 4) => {
    take(size)
    return view.readUIntBE(at - size, size)
  }
  return { at: () => at, take, uint, text: () => Buffer.from(take(uint(2))).toString('utf8') }
}
