import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { AppError } from '#core/errors.ts'
import { envelopeSchema, statementSchema, type DsseEnvelope, type Statement } from '#core/manifest.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import type { Signer } from './signer.ts'
import { checkSigners } from './signing-order.ts'
import type { Verifier } from './verifier.ts'

const PAYLOAD_TYPE = 'application/vnd.in-toto+json'

/** A link's statement in its envelope, signed by these keys, as bytes. The same statement and keys give the same bytes. */
export function signStatement(
  statement: Statement,
  signer: Pick<Signer, 'sign'>,
  by: readonly string[],
): Promise<Uint8Array> {
  return sealed(statement, signer, by)
}

/** Any other in-toto statement in its envelope, signed by the current key. */
export async function signInToto(statement: object, signer: Pick<Signer, 'sign'>): Promise<Uint8Array> {
  return sealed(statement, signer, [undefined])
}

/** One envelope with a signature by each of these keys; by default by the current key. */
async function sealed(
  statement: object,
  signer: Pick<Signer, 'sign'>,
  by: readonly (string | undefined)[],
): Promise<Uint8Array> {
  const body = Buffer.from(canonicalJson(withoutAbsent(statement) as Value), 'utf8')
  const signatures: { keyid: string; sig: string }[] = []
  for (const keyid of by) signatures.push({ ...(await signer.sign(preAuthentication(PAYLOAD_TYPE, body), keyid)) })
  const envelope: DsseEnvelope = { payloadType: PAYLOAD_TYPE, payload: body.toString('base64'), signatures }
  return Buffer.from(`${canonicalJson(envelope)}\n`, 'utf8')
}

/**
 * Returns a link's statement and its signers, once every signature verifies; nothing of the payload is read before. An envelope
 * has exactly one form: an additional signature (only a rotation has two) and base64 in another spelling are refused. Whether
 * those keys may sign at that place is checked elsewhere (`nextSigner`). Throws `corrupt`: `manifest_format` or `signature`.
 */
export function openStatement(bytes: Uint8Array, verifier: Pick<Verifier, 'verify'>, path: string): OpenedStatement {
  const { value: statement, signers } = open(bytes, verifier, path, statementSchema, 2)
  checkSigners({ path, signers, statement })
  return { statement, signers }
}

export interface OpenedStatement {
  readonly statement: Statement
  readonly signers: readonly string[]
}

/** Any in-toto statement, signed by one key. */
export function openInToto<T>(
  bytes: Uint8Array,
  verifier: Pick<Verifier, 'verify'>,
  path: string,
  schema: z.ZodType<T>,
): T {
  return open(bytes, verifier, path, schema, 1).value
}

function open<T>(
  bytes: Uint8Array,
  verifier: Pick<Verifier, 'verify'>,
  path: string,
  schema: z.ZodType<T>,
  most: number,
): { readonly value: T; readonly signers: readonly string[] } {
  const envelope = parse(() => envelopeSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))), path)
  const body = parse(() => decodeStrictly(envelope.payload), path)
  const signed = preAuthentication(envelope.payloadType, body)
  const { signatures } = envelope
  if (signatures.length > most || !signatures.every(({ keyid, sig }) => verifier.verify(keyid, signed, sig))) {
    throw new AppError('corrupt', `${path} is not signed by a key that is trusted, and by it alone`, {
      reason: 'signature',
    })
  }
  const value = parse(() => schema.parse(JSON.parse(body.toString('utf8'))), path)
  return { value, signers: signatures.map(({ keyid }) => keyid) }
}

function decodeStrictly(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw new Error('not base64 as it is written here')
  return bytes
}

/** SHA-256 of an envelope's bytes, hex: the next link refers to it by this digest. */
export function envelopeDigest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/**
 * PAE of the DSSE protocol, version 1: type and body, each preceded by its length in bytes, so that no byte can move from one to
 * the other.
 */
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

/** Canonical JSON writes null for undefined, but what is absent from a statement must stay absent. */
function withoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAbsent)
  if (typeof value !== 'object' || value === null) return value
  const present = Object.entries(value).filter(([, entry]) => entry !== undefined)
  return Object.fromEntries(present.map(([name, entry]) => [name, withoutAbsent(entry)]))
}
