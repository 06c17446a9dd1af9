import { hkdfSync } from 'node:crypto'
import { SIGNING } from '#services/encrypt/keys/record.ts'
import type { System } from '../system.ts'

/** The id of the signing key from which the secrets of new webhooks are derived. Throws as the key records do. */
export async function webhookKid({ keys }: Pick<System, 'keys'>): Promise<string> {
  return (await keys.current(SIGNING)).kid
}

/**
 * The secret of a webhook, in the form of Standard Webhooks: derived from a signing key, so that it is not stored. Throws as the
 * key records do if that key is gone.
 */
export async function webhookSecret(
  { keys }: Pick<System, 'keys'>,
  { id, kid }: { readonly id: string; readonly kid: string },
): Promise<string> {
  const { key } = await keys.get(SIGNING, kid)
  const secret = Buffer.from(hkdfSync('sha256', key, id, 'credence webhook v1', 32))
  return `whsec_${secret.toString('base64')}`
}
