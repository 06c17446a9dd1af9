import { AppError } from '#core/errors.ts'
import type { ObjectContext, Vault } from '#core/vault.ts'
import { canonicalJson } from '#core/value.ts'
import { sha256Hex } from '#core/hash.ts'

export interface MemoryVault extends Vault {
  readonly objects: ReadonlyMap<string, { readonly context: string; readonly bytes: Uint8Array }>
}

/** A vault that keeps its objects in memory and in clear. */
export function createMemoryVault(): MemoryVault {
  const objects = new Map<string, { context: string; bytes: Uint8Array }>()
  const text = (context: ObjectContext) => canonicalJson({ ...context })
  return {
    objects,
    async put(path, context, plaintext) {
      const there = objects.get(path)
      if (there && (there.context !== text(context) || sha256Hex(there.bytes) !== sha256Hex(plaintext))) {
        throw new AppError('conflict', `${path} holds something else`)
      }
      objects.set(path, { context: text(context), bytes: new Uint8Array(plaintext) })
      return { path, sha256: sha256Hex(plaintext), size: plaintext.length, kid: 'kid' }
    },
    async open(path, context) {
      const there = objects.get(path)
      if (!there) throw new AppError('not_found', `${path} does not exist`)
      if (there.context !== text(context)) throw new AppError('corrupt', `${path} is something else`)
      return there.bytes
    },
    async discard(path) {
      objects.delete(path)
    },
  }
}
