import { isAppError } from '#core/errors.ts'
import { numberedPath } from '#core/layout.ts'
import type { ObjectContext, ObjectRef, Vault } from '#core/vault.ts'

const MAX_NAMES = 16

/**
 * Writes an object under its name, or under the next one (`.2`, `.3`, …) if objects with other bytes have the earlier names:
 * left by a run that ended before its transaction, perhaps under another contract or policy. They must not be removed here,
 * because a worker that still believes in its lease could remove what its successor has just recorded.
 */
export async function putOnce(
  vault: Vault,
  path: string,
  context: ObjectContext,
  plaintext: Uint8Array,
): Promise<ObjectRef> {
  for (let number = 1; ; number++) {
    try {
      return await vault.put(numberedPath(path, number), context, plaintext)
    } catch (error) {
      if (number >= MAX_NAMES || !isAppError(error, 'conflict')) throw error
    }
  }
}
