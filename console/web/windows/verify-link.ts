import type { AnswerOf } from '../api/client.ts'

type Manifest = AnswerOf<'GET /v1/windows/{window}/manifest'>

export interface VerifiedLink {
  readonly isDigestRight: boolean
  readonly isSigned: boolean
}

/**
 * Whether a link's envelope has the digest that is said of it, and each of its signatures is that of a key that is said beside it (DSSE,
 * Ed25519): computed here, from the bytes, whatever the server thinks of them. `credence verify` holds the whole chain and its objects.
 */
export async function verifyLink({ envelope, sha256, publicKeyPem }: Manifest): Promise<VerifiedLink> {
  const bytes = bytesOf(envelope)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const { payloadType, payload, signatures } = JSON.parse(new TextDecoder().decode(bytes)) as {
    payloadType: string
    payload: string
    signatures: readonly { sig: string }[]
  }
  const body = bytesOf(payload)
  const head = new TextEncoder().encode(`DSSEv1 ${payloadType.length} ${payloadType} ${body.length} `)
  const signed = new Uint8Array([...head, ...body])
  const keys = await Promise.all(
    [...publicKeyPem.matchAll(/-----BEGIN PUBLIC KEY-----([^-]+)-----END PUBLIC KEY-----/g)].map(([, key = '']) =>
      crypto.subtle.importKey('spki', bytesOf(key.replace(/\s/g, '')), 'Ed25519', false, ['verify']),
    ),
  )
  const verified = await Promise.all(
    signatures.map(async ({ sig }) => {
      const tried = await Promise.all(keys.map((key) => crypto.subtle.verify('Ed25519', key, bytesOf(sig), signed)))
      return tried.includes(true)
    }),
  )
  return {
    isDigestRight: [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('') === sha256,
    isSigned: verified.length > 0 && !verified.includes(false),
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
}
