import { AppError } from '#core/errors.ts'

/** The resource name of a key of Cloud KMS, without a version. */
export const KEY_NAME = /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/
export const KEY_NAME_FORM = 'projects/…/locations/…/keyRings/…/cryptoKeys/…'

/** Throws `invalid` if `name` is not the name of a key. */
export function checkKeyName(name: string | undefined): void {
  if (name === undefined || KEY_NAME.test(name)) return
  throw new AppError(
    'invalid',
    `${name} is not the name of a Cloud KMS key: give ${KEY_NAME_FORM}, without a version`,
    {
      reason: 'key_id',
    },
  )
}
