import type { Statement, Subject } from '#core/manifest.ts'

/** As much of a link as is looked at here. */
interface Linked {
  readonly statement: Statement
}

/** Which objects stand for those that links signed before they were re-encrypted. */
export interface Replacements {
  add(link: Linked): void
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
