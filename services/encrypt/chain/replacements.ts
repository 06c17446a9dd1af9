import { isAppError } from '#core/errors.ts'
import type { Subject } from '#core/manifest.ts'
import type { Vault } from '#core/vault.ts'
import { readLinks, type Link } from './chain.ts'
import type { Verifier } from './signer.ts'
import type { Store } from '../store.ts'

/** Which objects stand for those that links signed before they were re-encrypted. */
export interface Replacements {
  add(link: Pick<Link, 'statement'>): void
  /** The object that stands for this one now; itself when it was never replaced. Without a digest, the name alone counts. */
  standing(object: { readonly name: string; readonly sha256?: string | undefined }): Subject | null
  /** Names of the objects that others stand for. */
  replaced(): readonly string[]
}

export function createReplacements(): Replacements {
  const byName = new Map<string, { readonly from: Subject; readonly to: Subject }>()
  return {
    add({ statement: { subject, predicate } }) {
      for (const { from, by } of predicate.kind === 'reencryption' ? (predicate.replaced ?? []) : []) {
        const to = subject.find(({ name }) => name === by)
        if (to !== undefined && to.name !== from.name) byName.set(from.name, { from, to })
      }
    },
    standing({ name, sha256 }) {
      let at: Subject | null = sha256 === undefined ? null : { name, digest: { sha256 } }
      // A link replaces the very object that it names by its digest; no more steps than there are links in a circle.
      for (let steps = byName.size; steps > 0; steps--) {
        const next = byName.get(at?.name ?? name)
        if (next === undefined || (at !== null && next.from.digest.sha256 !== at.digest.sha256)) break
        at = next.to
      }
      return at
    },
    replaced: () => [...byName.keys()],
  }
}

/** What links sign for as it is now: every object once, by the name that stands for it. */
export function standingSubjects(links: readonly Link[]): Map<string, Subject> {
  const replacements = createReplacements()
  for (const link of links) replacements.add(link)
  const subjects = new Map<string, Subject>()
  for (const { statement } of links) {
    if (statement.predicate.kind === 'reencryption') continue
    for (const { name, digest } of statement.subject) {
      const now = replacements.standing({ name, sha256: digest.sha256 })
      if (now !== null) subjects.set(now.name, now)
    }
  }
  return subjects
}

interface Known {
  readonly replacements: Replacements
  ordinal: number
  sha256: string | null
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
    const head = known.get(dataset) ?? { replacements: createReplacements(), ordinal: 0, sha256: null }
    known.set(dataset, head)
    for await (const link of readLinks(store, verifier, dataset, head)) {
      head.replacements.add(link)
      head.ordinal = link.ordinal
      head.sha256 = link.sha256
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
        if (!isAppError(error, 'not_found') || path.startsWith('staging/')) throw error
        const now = (await refresh(context.dataset)).replacements.standing(asked)
        if (now === null || now.name === (at?.name ?? path)) throw error
        return vault.open(now.name, context, now.digest.sha256)
      }
    },
  }
}
