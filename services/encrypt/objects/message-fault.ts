import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { FRAME_LENGTH, SUITE_ID, type Fault, type Frame, type Message } from './message.ts'

const TAG = 16
const TAG_BITS_OF_DAMAGE = 16 // two unrelated tags of 128 bits differ in 64 ± 5.7: this is eight deviations away

/**
 * Names what is wrong with a refused object, by repeating the checks of the AWS Encryption SDK's message format one by one. It
 * only names a fault: it returns no plaintext, and its result never overrules the refusal.
 */
export function diagnose(message: Message, epochKey: Uint8Array): { fault: Fault; where: string } | null {
  const dataKey = unwrapDataKey(message, epochKey)
  if (dataKey === null) return { fault: 'altered_header', where: 'the wrapped data key does not open' }
  const commitment = Buffer.from(hkdfSync('sha512', dataKey, message.messageId, 'COMMITKEY', 32))
  if (!commitment.equals(message.commitment)) {
    return { fault: 'commitment_mismatch', where: 'the data key is not the one that the header commits to' }
  }
  const suite = Buffer.from([SUITE_ID >> 8, SUITE_ID & 0xff])
  const info = Buffer.concat([suite, Buffer.from('DERIVEKEY')])
  const key = Buffer.from(hkdfSync('sha512', dataKey, message.messageId, info, 32))
  // the data key, the commitment and the structure are right, so only the tag of the header can be wrong
  if (!verifies(key, Buffer.alloc(12), message.rawHeader, Buffer.alloc(0), message.headerTag)) {
    return { fault: 'altered_tag', where: 'the tag of the header does not verify' }
  }
  for (const frame of message.frames) {
    const context = frameContext(message, frame)
    if (verifies(key, frame.iv, context, frame.content, frame.tag)) continue
    const distance = differingBits(tagOf(key, frame.iv, context, frame.content), frame.tag)
    const fault = distance <= TAG_BITS_OF_DAMAGE ? 'altered_tag' : 'altered_frame'
    return { fault, where: `frame ${frame.sequence} of ${message.frames.length} does not verify` }
  }
  return null
}

function unwrapDataKey({ dataKey, rawContext }: Message, epochKey: Uint8Array): Buffer | null {
  try {
    const decipher = createDecipheriv('aes-256-gcm', epochKey, dataKey.iv, { authTagLength: TAG })
      .setAAD(rawContext)
      .setAuthTag(dataKey.sealed.subarray(-TAG))
    return Buffer.concat([decipher.update(dataKey.sealed.subarray(0, -TAG)), decipher.final()])
  } catch {
    return null
  }
}

function frameContext({ messageId }: Message, { final, sequence, content }: Frame): Buffer {
  const label = final ? 'AWSKMSEncryptionClient Final Frame' : 'AWSKMSEncryptionClient Frame'
  const numbers = Buffer.alloc(12)
  numbers.writeUInt32BE(sequence, 0)
  numbers.writeBigUInt64BE(BigInt(final ? content.length : FRAME_LENGTH), 4)
  return Buffer.concat([messageId, Buffer.from(label), numbers])
}

function verifies(key: Buffer, iv: Uint8Array, aad: Uint8Array, content: Uint8Array, tag: Uint8Array): boolean {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG }).setAAD(aad).setAuthTag(tag)
    decipher.update(content)
    decipher.final()
    return true
  } catch {
    return false
  }
}

/**
 * The tag that this ciphertext should have: deciphering it without checking its tag, and enciphering the result, gives the same
 * ciphertext with its tag.
 */
function tagOf(key: Buffer, iv: Uint8Array, aad: Uint8Array, content: Uint8Array): Buffer {
  const plaintext = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG }).setAAD(aad).update(content)
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG }).setAAD(aad)
  cipher.update(plaintext)
  cipher.final()
  return cipher.getAuthTag()
}

function differingBits(a: Uint8Array, b: Uint8Array): number {
  let bits = 0
  for (let i = 0; i < a.length; i++) {
    for (let byte = (a[i] ?? 0) ^ (b[i] ?? 0); byte > 0; byte >>= 1) bits += byte & 1
  }
  return bits
}
