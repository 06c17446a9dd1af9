import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

export interface TestTls {
  /** PEM of the server's certificate, and of what signed it. */
  readonly cert: string
  readonly key: string
  /** PEM of the authority, which a client has to be told to trust. */
  readonly ca: string
}

/** A certificate authority that lives for one test run, and a certificate of it for `localhost` and 127.0.0.1 (RFC 5280). */
export function makeTestTls(): TestTls {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  // a name of its own: who trusts several finds the right one by it
  const name = `test authority ${randomBytes(8).toString('hex')}`
  const ca = certificate({
    subject: name,
    key: authority.publicKey,
    issuer: name,
    signer: authority.privateKey,
    ca: true,
  })
  const cert = certificate({
    subject: 'localhost',
    key: server.publicKey,
    issuer: name,
    signer: authority.privateKey,
    ca: false,
  })
  return { cert: cert + ca, key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }), ca }
}

interface Certificate {
  readonly subject: string
  readonly key: KeyObject
  readonly issuer: string
  readonly signer: KeyObject
  readonly ca: boolean
}

const DAY_MS = 86_400_000
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'))

function certificate({ subject, key, issuer, signer, ca }: Certificate): string {
  const localhost = Buffer.from('localhost')
  const names = sequence(der(0x82, localhost), der(0x87, Buffer.from([127, 0, 0, 1])))
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_SHA256,
    distinguishedName(issuer),
    sequence(time(Date.now() - DAY_MS), time(Date.now() + DAY_MS)),
    distinguishedName(subject),
    key.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(basicConstraints(ca), ...(ca ? [] : [extension('551d11', names)]))),
  )
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, signer)]))
  const base64 = sequence(body, ECDSA_SHA256, signature).toString('base64')
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
}

function basicConstraints(ca: boolean): Buffer {
  const yes = der(0x01, Buffer.from([0xff]))
  return sequence(oid('551d13'), yes, der(0x04, sequence(...(ca ? [yes] : []))))
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(0x04, value))
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))))
}

function time(at: number): Buffer {
  const text = new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '') // YYYYMMDDHHMMSSZ
  return der(0x18, Buffer.from(text))
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'))
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

/** Distinguished encoding (X.690): tag, length, value. */
function der(tag: number, value: Buffer): Buffer {
  const length = value.length
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), value])
}
