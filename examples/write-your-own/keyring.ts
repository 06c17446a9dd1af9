import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { AppError, type KeyContext, type Keyring } from 'credence'

/** A keyring whose versions live as long as the process: AES-256-GCM, the context authenticated with the wrap. */
export function processKeyring(): Keyring & { rotate(): Promise<{ keyId: string; version: string }> } {
  const keyId = randomBytes(8).toString('hex')
  const versions = [randomBytes(32)]
  const current = () => ({ keyId, version: String(versions.length) })
  const authenticated = ({ dataset, kid, said }: KeyContext) =>
    Buffer.from(JSON.stringify([dataset, kid, said?.epoch ?? null, said?.created ?? null, said?.state ?? null]))
  return {
    provider: 'local',
    current: async () => current(),
    async rotate() {
      versions.push(randomBytes(32))
      return current()
    },
    async wrap(epochKey, context) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', versions.at(-1) ?? Buffer.alloc(0), iv).setAAD(
        authenticated(context),
      )
      const sealed = Buffer.concat([iv, cipher.update(epochKey), cipher.final(), cipher.getAuthTag()])
      return { provider: 'local', ...current(), alg: 'A256GCM', blob: sealed.toString('base64') }
    },
    async unwrap(wrap, context) {
      const key = versions[Number(wrap.version) - 1]
      if (wrap.keyId !== keyId || key === undefined) throw new AppError('not_found', `there is no key ${wrap.keyId}`)
      try {
        const sealed = Buffer.from(wrap.blob, 'base64')
        const cipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 })
        cipher.setAAD(authenticated(context)).setAuthTag(sealed.subarray(-16))
        return Buffer.concat([cipher.update(sealed.subarray(12, -16)), cipher.final()])
      } catch (cause) {
        throw new AppError('corrupt', 'the wrap does not open under this context', { cause })
      }
    },
  }
}
