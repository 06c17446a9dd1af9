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
 * A vault that opens what stands for an object when the object itself is gone: links, and rows of the catalog, go on naming
 * objects as they were committed. Only what a verified link of the chain replaces is followed, from digest to digest.
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
  /** Reads on from where it was read to; many who want that at once wait for one. */
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
