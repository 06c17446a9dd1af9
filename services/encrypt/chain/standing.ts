import type { Statement, Subject } from '#core/manifest.ts'

/** The part of a link that is used here. */
interface Linked {
  readonly statement: Statement
}

/** Which objects replace the ones that links signed before re-encryption. */
export interface Replacements {
  add(link: Linked): void
  /**
   * The current replacement of this object; the object itself if it was never replaced. Without a digest, only the name counts.
   */
  standing(object: { readonly name: string; readonly sha256?: string | undefined }): Subject | null
  /** Names of the objects that were replaced. */
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
      // A link replaces exactly the object with that name and digest. The number of steps is limited, in case links form a
      // circle.
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

/** The objects that links sign for, as they are now: every object once, under its current name. */
export function standingSubjects(links: readonly Linked[]): Map<string, Subject> {
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
