import { AppError } from '#core/errors.ts'
import type { Predicate, Subject } from '#core/manifest.ts'
import type { Segment } from '#core/window.ts'
import { datasetIn, releasedFrom, subjectIn } from '#core/layout.ts'
import type { Link } from './chain.ts'
import { compareNatural } from '#core/natural-order.ts'

/** What a chain says about the records of a dataset. The last link that names a record decides. */
export interface Admission {
  /** In the order of what they read: by source, partition and position, not by time of commit. */
  readonly windows: readonly AdmittedWindow[]
  readonly releases: readonly AdmittedRelease[]
  /** For each record that was ever revoked, the ordinal of its last revocation. */
  readonly revoked: ReadonlyMap<string, number>
  /** Records that nothing admits, whatever other links say, each with the ordinal of the link that recalled it last. */
  readonly recalled: ReadonlyMap<string, number>
  readonly links: number
}

export interface AdmittedWindow {
  readonly id: string
  readonly ordinal: number
  readonly contract: string
  readonly source: string
  readonly segments: readonly Segment[]
  /** Null if every record of the window is held. */
  readonly clean: Subject | null
}

export interface AdmittedRelease {
  readonly ordinal: number
  readonly object: Subject
  readonly window: AdmittedWindow
}

/**
 * Reads a verified chain. Throws `corrupt` for a link that commits a window without saying what scanned it (`unscanned`), names
 * an object of another dataset (`subject`), releases from a window that no earlier link commits (`release`), or does not name
 * the records that it recalls or reinstates (`recall`).
 */
export async function readAdmission(dataset: string, links: AsyncIterable<Link>): Promise<Admission> {
  const windows = new Map<string, AdmittedWindow>()
  const releases: AdmittedRelease[] = []
  const revoked = new Map<string, number>()
  const recalled = new Map<string, number>()
  let count = 0
  for await (const link of links) {
    count += 1
    const { predicate, subject } = link.statement
    for (const { name } of subject) {
      if (datasetIn(name) !== dataset) throw refused(link, 'names an object of another dataset', 'subject')
    }
    if (predicate.kind === 'window') addWindow(windows, link, predicate)
    else if (predicate.kind === 'release') releases.push(...subject.map((object) => released(windows, link, object)))
    else if (predicate.kind === 'revocation') for (const id of predicate.revoked ?? []) revoked.set(id, link.ordinal)
    else if (predicate.kind === 'recall') for (const id of recalledBy(link)) recalled.set(id, link.ordinal)
    else if (predicate.kind === 'reinstatement') for (const id of recalledBy(link)) recalled.delete(id)
  }
  return { windows: [...windows.values()].sort(bySource), releases, revoked, recalled, links: count }
}

/**
 * The records that a recall, or the reinstatement that ends it, names. Throws `corrupt` (`recall`) if it names none, because
 * such a link would look like a recall without being one.
 */
function recalledBy(link: Link): readonly string[] {
  const { recalled = [] } = link.statement.predicate
  if (recalled.length === 0) throw refused(link, 'does not say which records it is about', 'recall')
  return recalled
}

function addWindow(windows: Map<string, AdmittedWindow>, link: Link, predicate: Predicate): void {
  const { window, contract, source, segments, policy, detectors, counts } = predicate
  if (window === undefined || contract === undefined || source === undefined || segments === undefined) {
    throw refused(link, 'does not say which window it commits', 'window')
  }
  const scores = subjectIn(link.statement.subject, 'scores')
  if (policy === undefined || detectors === undefined || counts === undefined || scores === null) {
    throw refused(link, 'does not say what scanned its window', 'unscanned')
  }
  if (windows.has(window)) throw refused(link, 'commits a window a second time', 'window')
  const clean = subjectIn(link.statement.subject, 'clean')
  windows.set(window, { id: window, ordinal: link.ordinal, contract: contract.sha256, source, segments, clean })
}

function released(windows: ReadonlyMap<string, AdmittedWindow>, link: Link, object: Subject): AdmittedRelease {
  const window = windows.get(releasedFrom(object.name) ?? '')
  if (window === undefined) throw refused(link, 'releases from a window that no link before commits', 'release')
  return { ordinal: link.ordinal, object, window }
}

function bySource(a: AdmittedWindow, b: AdmittedWindow): number {
  const [first, second] = [placeOf(a), placeOf(b)]
  for (let i = 0; i < Math.min(first.length, second.length); i++) {
    const order = compareNatural(first[i] ?? '', second[i] ?? '')
    if (order !== 0) return order
  }
  return first.length - second.length || compareNatural(a.id, b.id)
}

function placeOf({ source, segments }: AdmittedWindow): string[] {
  const ordered = segments.toSorted((a, b) => compareNatural(a.partition, b.partition))
  return [source, ...ordered.flatMap(({ partition, from, to }) => [partition, from, to])]
}

function refused(link: Link, why: string, reason: string): AppError {
  return new AppError('corrupt', `${link.path} ${why}`, { reason })
}
