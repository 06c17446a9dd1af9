import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 random bits, base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

export function newId(): string {
  return randomBytes(16).toString('hex')
}

/** What is kept in place of a secret: SHA-256, hex. Secrets have 256 random bits, so that no salt is needed. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** What goes with every change of a session: who cannot read the cookie cannot make it. */
export function csrfOf(cookie: string): string {
  return createHmac('sha256', cookie).update('credence-console-csrf').digest('base64url')
}

export function isSame(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(a)), Buffer.from(hashOf(b)))
}

/** An id (UUID, version 8) that is the same for the same person, operation and key: a repeat finds what it made before. */
export function idFrom(...parts: readonly string[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
