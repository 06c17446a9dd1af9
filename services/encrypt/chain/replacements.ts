import { isAppError } from '#core/errors.ts'
import { zoneIn } from '#core/layout.ts'
import type { Vault } from '#core/vault.ts'
import { readLinks } from './chain.ts'
import type { Verifier } from './verifier.ts'
import { createReplacements, type Replacements } from './standing.ts'
import type { Store } from '../store.ts'

interface Known {
  readonly replacements: Replacements
  ordinal: number
  sha256: string | null
  signer: string | null
}

/**
 * A vault that opens an object's replacement if the object itself is gone, because links and rows of the catalog still name
 * objects as they were committed. It follows only replacements in verified links of the chain, from digest to digest.
 */
export function followReencrypted(
  vault: Vault,
  { store, verifier }: { readonly store: Store; readonly verifier: Verifier },
): Vault {
  const known = new Map<string, Known>()
  const reading = new Map<string, Promise<Known>>()

  const read = async (dataset: string): Promise<Known> => {
    const head = known.get(dataset) ?? { replacements: createReplacements(), ordinal: 0, sha256: null, signer: null }
    known.set(dataset, head)
    for await (const link of readLinks(store, verifier, dataset, head)) {
      head.replacements.add(link)
      head.ordinal = link.ordinal
      head.sha256 = link.sha256
      head.signer = link.signers.at(-1) ?? null
    }
    return head
  }
  /** Continues reading where the last reading ended; callers at the same time share one reading. */
  const refresh = (dataset: string): Promise<Known> => {
    const under = reading.get(dataset) ?? read(dataset).finally(() => reading.delete(dataset))
    reading.set(dataset, under)
    return under
  }

  return {
    ...vault,
    async open(path, context, sha256) {
      const asked = { name: path, sha256 }
      const at = known.get(context.dataset)?.replacements.standing(asked) ?? null
      try {
        return await vault.open(at?.name ?? path, context, at?.digest.sha256 ?? sha256)
      } catch (error) {
        if (!isAppError(error, 'not_found') || zoneIn(path) === 'staging') throw error
        const now = (await refresh(context.dataset)).replacements.standing(asked)
        if (now === null || now.name === (at?.name ?? path)) throw error
        return vault.open(now.name, context, now.digest.sha256)
      }
    },
  }
}
