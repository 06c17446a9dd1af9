import type { Call } from '#runtime/waiting/dependency.ts'
import type { Keyring } from '../keyring.ts'

/** A keyring that retries wrapping and unwrapping by `call`, but not calls that change a key. */
export function retryingKeyring<K extends Keyring>(keyring: K, call: Call): K {
  return {
    ...keyring,
    current: () => call(() => keyring.current()),
    wrap: (key, context) => call(() => keyring.wrap(key, context)),
    unwrap: (wrap, context) => call(() => keyring.unwrap(wrap, context)),
  }
}
