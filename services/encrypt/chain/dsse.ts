import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { AppError } from '#core/errors.ts'
import { envelopeSchema, statementSchema, type DsseEnvelope, type Statement } from '#core/manifest.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import type { Signer, Verifier } from './signer.ts'

const PAYLOAD_TYPE = 'application/vnd.in-toto+json'

/** A link's statement in its signed envelope, as bytes: same statement, same signer, same bytes. */
export function signStatement(statement: Statement, signer: Signer): Promise<Uint8Array> {
  return signInToto(statement, signer)
}

/** Any in-toto statement, likewise. */
export async function signInToto(statement: object, signer: Pick<Signer, 'sign'>): Promise<Uint8Array> {
  const body = Buffer.from(canonicalJson(withoutAbsent(statement) as Value), 'utf8')
  const signatures = [{ ...(await signer.sign(preAuthentication(PAYLOAD_TYPE, body))) }]
  const envelope: DsseEnvelope = { payloadType: PAYLOAD_TYPE, payload: body.toString('base64'), signatures }
  return Buffer.from(`${canonicalJson(envelope)}\n`, 'utf8')
}

/**
 * The statement of an envelope, once the one signature over it verifies: nothing of the payload is read before. An envelope has
 * one form: signatures beside it, and base64 that decodes to the same by another spelling, are refused. Throws `corrupt`:
 * `manifest_format`, or `signature`.
 */
export function openStatement(bytes: Uint8Array, verifier: Verifier, path: string): Statement {
  return openInToto(bytes, verifier, path, statementSchema)
}

/** Any in-toto statement, likewise. */
export function openInToto<T>(bytes: Uint8Array, verifier: Verifier, path: string, schema: z.ZodType<T>): T {
  const envelope = parse(() => envelopeSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))), path)
  const body = parse(() => decodeStrictly(envelope.payload), path)
  const signed = preAuthentication(envelope.payloadType, body)
  const [signature, ...others] = envelope.signatures
  if (signature === undefined || others.length > 0 || !verifier.verify(signature.keyid, signed, signature.sig)) {
    throw new AppError('corrupt', `${path} is not signed by a key that is trusted, and by it alone`, {
      reason: 'signature',
    })
  }
  return parse(() => schema.parse(JSON.parse(body.toString('utf8'))), path)
}

function decodeStrictly(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw new Error('not base64 as it is written here')
  return bytes
}

/** SHA-256 of an envelope's bytes, hex: how the next link names it. */
export function envelopeDigest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** PAE of the DSSE protocol, version 1: type and body, each after its length in bytes, so that nothing can be shifted. */
export function preAuthentication(type: string, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `), body])
}

function parse<T>(read: () => T, path: string): T {
  try {
    return read()
  } catch (error) {
    throw new AppError('corrupt', `${path} is not a manifest`, { cause: error, reason: 'manifest_format' })
  }
}

/** Canonical JSON writes null for undefined; what is absent from a statement stays absent. */
function withoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAbsent)
  if (typeof value !== 'object' || value === null) return value
  const present = Object.entries(value).filter(([, entry]) => entry !== undefined)
  return Object.fromEntries(present.map(([name, entry]) => [name, withoutAbsent(entry)]))
}
