import { createHash } from 'node:crypto'

/** The checksum that the Blob service verifies and keeps: against damage, not against people. */
export function md5(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest()
}
