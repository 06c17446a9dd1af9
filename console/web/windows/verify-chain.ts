import { z } from 'zod'
import { call } from '../api/client.ts'

export type VerifiedChain =
  | { readonly links: number; readonly key: string }
  | { readonly refused: string; readonly key: string | null }

/**
 * Verifies a dataset's chain up to its end with the published verifier, `credence/verify`: signatures, order, and what each link says,
 * computed here from the bytes, whatever the server thinks of them. `head` is the digest of a link that it must have. The key's
 * digest is said too: whoever has it from elsewhere can compare. The objects themselves are held by `credence verify`.
 */
export async function verifyChain(dataset: string, head: string): Promise<VerifiedChain> {
  // the policy of the page evaluates no text, and a schema must not try
  z.config({ jitless: true })
  const { verify, isAppError } = await import('../../../verify.ts')
  const known = new Map<string, Uint8Array | null>()
  const { links, publicKeyPem } = await linksFrom(dataset, 1)
  const keep = (found: typeof links) => {
    for (const { path, envelope } of found) known.set(path, envelope === null ? null : bytesOf(envelope))
  }
  keep(links)
  const key = await digestOf(new TextEncoder().encode(publicKeyPem))
  const read = async (path: string) => {
    if (!known.has(path)) keep((await linksFrom(dataset, Number(path.slice(-13, -5)))).links)
    return known.get(path) ?? null
  }
  try {
    const verified = await verify(dataset, { read, publicKey: publicKeyPem, head, objects: false })
    return { links: verified.links, key }
  } catch (error) {
    if (!isAppError(error)) throw error
    return { refused: error.message, key }
  }
}

function linksFrom(dataset: string, from: number) {
  return call('GET /v1/datasets/{dataset}/chain', { params: { dataset }, query: { from } })
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
}
