import { createHash } from 'node:crypto'

/** The checksum that the Blob service verifies and stores. It protects against damage, not against attackers. */
export function md5(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest()
}
