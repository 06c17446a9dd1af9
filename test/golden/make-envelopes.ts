/**
 * Makes the golden objects in `envelope/`: two that open, and one for each fault, with exactly that fault. They are made
 * once and kept: what opened must open for ever, and what was refused must stay refused. Run: node test/golden/make-envelopes.ts
 */
import { createHash, hkdfSync } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node'
import { encryptObject, type EnvelopeContext } from '#services/encrypt/objects/envelope.ts'
import { kidOf } from '#services/encrypt/keys/record.ts'
import { FRAME_LENGTH, parseMessage, type Fault } from '#services/encrypt/objects/message.ts'

const folder = new URL('envelope/', import.meta.url)
if (existsSync(new URL('small.json', folder))) throw new Error('the vectors exist: they are never made again')

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const key = Buffer.from(hkdfSync('sha256', 'golden', '', 'epoch key', 32))
const otherKey = Buffer.from(hkdfSync('sha256', 'golden', '', 'another epoch key', 32))
const epochKey = { dataset: 'golden', kid: kidOf(key), epoch: 1, key }
const context: EnvelopeContext = {
  dataset: 'golden',
  path: 'clean/golden/w1',
  contract: digest(Buffer.from('contract')),
  window: 'w1',
  codec: 'jsonl+zstd',
}
const plaintext = Buffer.from('A small plaintext, which fits into one frame.')
const small = Buffer.from(await encryptObject(plaintext, context, epochKey))
const long = Buffer.from(hkdfSync('sha256', 'golden', '', 'long', 100)) // the second frame; the first is zeros
const framesPlaintext = Buffer.concat([Buffer.alloc(FRAME_LENGTH), long])
const frames = Buffer.from(await encryptObject(framesPlaintext, context, epochKey))
writeFileSync(new URL('two-frames.bin', folder), frames)

const message = parseMessage(small)
const header = message.rawHeader.length + message.headerTag.length
const first = header + 16 + FRAME_LENGTH + 16

interface Object_ {
  readonly object?: Uint8Array
  /** Stretches of `two-frames.bin`, instead. */
  readonly slices?: readonly (readonly [number, number])[]
  readonly openedWith?: Uint8Array
  readonly openedAs?: EnvelopeContext
}

function write(name: string, why: string, expected: object, { object, slices, openedWith, openedAs }: Object_): void {
  const vector = {
    why,
    key: Buffer.from(openedWith ?? key).toString('hex'),
    context: openedAs ?? context,
    ...(slices === undefined
      ? { object: Buffer.from(object ?? small).toString('base64') }
      : { file: 'two-frames.bin', slices }),
    expected,
  }
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(vector, null, 2)}\n`)
}

function fault(reason: Fault, why: string, object: Object_): void {
  write(reason, why, { reason }, object)
}

function flipped(at: number, bit = 0): Uint8Array {
  const altered = Buffer.from(small)
  altered.writeUInt8(altered.readUInt8(at) ^ (1 << bit), at)
  return altered
}

function offsetIn(bytes: Uint8Array): number {
  return bytes.byteOffset - small.byteOffset
}

const [final] = message.frames
if (final === undefined) throw new Error('no frame')
const contentLengthAt = offsetIn(final.content) - 4
const oversized = Buffer.from(small)
oversized.writeUInt32BE(FRAME_LENGTH + 1, contentLengthAt)

write('small', 'one frame', { plaintext: digest(plaintext) }, {})
write(
  'two-frames',
  'a full frame and a final one',
  { plaintext: digest(framesPlaintext) },
  { slices: [[0, frames.length]] },
)
fault('wrong_key', 'opened with another epoch key', { openedWith: otherKey })
fault('wrong_context', 'moved to another path (compare CVE-2020-8912: context not checked)', {
  openedAs: { ...context, path: 'clean/golden/w2' },
})
fault('uncommitted_suite', 'message format 1, suite 0x0178 (compare CVE-2020-8897, CVE-2025-14760)', {
  object: await uncommitted(),
})
fault('commitment_mismatch', 'one bit of the commitment flipped', { object: flipped(offsetIn(message.commitment)) })
fault('truncated_header', 'ends inside the header', { object: small.subarray(0, 100) })
fault('altered_header', 'one bit of the wrapped data key flipped', {
  object: flipped(offsetIn(message.dataKey.sealed)),
})
fault('truncated_frame', 'the last byte is missing', { object: small.subarray(0, -1) })
fault('missing_final_frame', 'ends after a whole frame that is not the final one', { slices: [[0, first]] })
fault('swapped_frames', 'the second frame comes first', {
  slices: [
    [0, header],
    [first, frames.length],
    [header, first],
  ],
})
fault('oversized_frame', 'the final frame claims to be longer than a frame', { object: oversized })
fault('altered_frame', 'one bit of the content flipped (compare CVE-2022-30187: content not authenticated)', {
  object: flipped(offsetIn(final.content), 3),
})
fault('altered_tag', 'one bit of the tag of the frame flipped', { object: flipped(offsetIn(final.tag), 7) })
fault('trailing_data', 'a byte after the final frame', { object: Buffer.concat([small, Buffer.of(0)]) })

/** The same plaintext, context and key under a suite without key commitment. */
async function uncommitted(): Promise<Uint8Array> {
  const keyring = new RawAesKeyringNode({
    keyName: epochKey.kid,
    keyNamespace: 'credence',
    unencryptedMasterKey: Uint8Array.from(key),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  })
  const { result } = await buildClient(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT).encrypt(keyring, plaintext, {
    suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA256,
    encryptionContext: { format: 'credence/1', kid: epochKey.kid, ...context },
    frameLength: FRAME_LENGTH,
  })
  return result
}
