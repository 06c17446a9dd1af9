import { isAppError } from '#core/errors.ts'
import type { AuditProblem } from '#runtime/audit/verify.ts'
import type { AuditEntry } from '#runtime/audit/log.ts'
import type { Catalog, ReviewRow } from '#runtime/catalog/catalog.ts'
import { reviewDigest } from '#runtime/catalog/review-digest.ts'
import { isDecided } from '../decision.ts'
import { SIGNING } from '../keys/record.ts'
import type { Store } from '../store.ts'
import { countFaults, linkRowFaults } from './against-rows.ts'
import { readLinks, type Link, type ManifestChain } from './chain.ts'
import { subjectKey } from './known.ts'
import type { Verifier } from './verifier.ts'

/** What the audit log says about links, reviews, marks and scans. Pass every entry to `see`, in order. */
export interface LogFacts {
  see(entry: AuditEntry): void
  /** By the subject of the link. */
  readonly links: ReadonlyMap<string, LoggedLink>
  readonly reviews: ReadonlyMap<string, LoggedReview>
  /** The entry of the log at which each generation of signing keys began. */
  readonly signing: ReadonlyMap<number, number>
  /** What each mark of a dataset's memory keeps, by the dataset and the window after which the mark was made. */
  readonly marks: ReadonlyMap<string, LoggedMark>
  readonly repeats: ReadonlyMap<string, LoggedRepeat>
  /** What each window's scan held, by window. */
  readonly scans: ReadonlyMap<string, LoggedScan>
}

interface LoggedScan {
  readonly seq: number
  readonly quarantined: number
  readonly rejected: number
}

interface LoggedMark {
  readonly seq: number
  readonly keeps: number
}

interface LoggedRepeat {
  readonly seq: number
  readonly says: string
}

interface LoggedLink {
  readonly seq: number
  readonly ordinal: number
  /** Null in entries of earlier versions. */
  readonly sha256: string | null
}

interface LoggedReview {
  readonly seq: number
  readonly action: string
  /** The id of the review that this one undoes. */
  readonly undoes: string | null
  readonly digest: string
  readonly isSigned: boolean
}

export function createLogFacts(): LogFacts {
  const links = new Map<string, LoggedLink>()
  const reviews = new Map<string, LoggedReview>()
  const signing = new Map<number, number>()
  const marks = new Map<string, LoggedMark>()
  const repeats = new Map<string, LoggedRepeat>()
  const scans = new Map<string, LoggedScan>()
  const note = (about: string, seq: number, ordinal: unknown, sha256: unknown) => {
    if (typeof ordinal !== 'number') return
    links.set(about, { seq, ordinal, sha256: typeof sha256 === 'string' ? sha256 : null })
  }
  return {
    links,
    reviews,
    signing,
    marks,
    repeats,
    scans,
    see({ seq, action, subject, detail }) {
      const { manifest, ordinal, sha256, about, review, undoes, digest, keyid } = detail
      if (action === 'window.scanned')
        scans.set(subject, { seq, quarantined: Number(detail['quarantined']), rejected: Number(detail['rejected']) })
      else if (action === 'window.committed') note(`window:${subject}`, seq, manifest, sha256)
      else if (action === 'link.added') note(`${subject}/${String(about)}`, seq, ordinal, sha256)
      else if (action === 'epoch.begun' && subject === SIGNING && typeof detail['epoch'] === 'number') {
        if (!signing.has(detail['epoch'])) signing.set(detail['epoch'], seq)
      } else if (action === 'memory.reset' || action === 'memory.rolled_back') {
        marks.set(markKey(subject, Number(detail['after'])), { seq, keeps: Number(detail['keeps']) })
      } else if (action === 'repeat.natural' || action === 'repeat.asked_again') {
        const { number, campaign, after } = detail
        repeats.set(repeatKey(subject, Number(number)), {
          seq,
          says: saysOf(action === 'repeat.natural', campaign, after),
        })
      } else if (action === 'review.withdrawn') reviews.delete(subject)
      else if (action === 'review.added') {
        const isSigned = keyid !== undefined
        const undone = typeof undoes === 'string' ? undoes : null
        reviews.set(subject, { seq, action: String(review), undoes: undone, digest: String(digest), isSigned })
      } else if (action === 'review.applied') {
        note(`${kindOf(reviews.get(subject), reviews)}:${subject}`, seq, manifest, sha256)
      }
    },
  }
}

/** The kind of the link that carries out a review. */
function kindOf(review: LoggedReview | undefined, reviews: ReadonlyMap<string, LoggedReview>): string {
  if (review?.action === 'release' || review?.action === 'recall') return review.action
  return reviews.get(review?.undoes ?? '')?.action === 'recall' ? 'reinstatement' : 'revocation'
}

export interface HeldToLog {
  readonly catalog: Pick<Catalog, 'chains' | 'flagged' | 'reviews' | 'windows' | 'memories' | 'repeats'>
  readonly chain: Pick<ManifestChain, 'links'>
  readonly store: Store
  readonly verifier: Verifier
  /** The datasets that have a chain. */
  readonly datasets: readonly string[]
}

/**
 * Compares the rows of reviews and of memories' marks, and the chains of manifests, with the verified log. Reports what exists
 * without an entry in the log, what the log names and is gone, and what differs from the log.
 */
export async function holdToLog(facts: LogFacts, against: HeldToLog): Promise<AuditProblem[]> {
  const { catalog, chain, store, verifier, datasets } = against
  const problems: AuditProblem[] = []
  const reviews = new Map((await catalog.reviews.list({})).map((review) => [review.id, review]))
  const found = new Set<string>()
  for (const dataset of datasets) {
    const loggedAt = (about: string) => facts.links.get(keyOf(dataset, about))
    const changed = linkRowFaults(dataset, await catalog.chains.known(dataset), loggedAt)
    problems.push(...changed)
    const links: Link[] = []
    try {
      // a changed catalog is no evidence against the store, whose links are compared with the log
      for await (const link of changed.length > 0 ? readLinks(store, verifier, dataset) : chain.links(dataset)) {
        links.push(link)
        const key = keyOf(dataset, subjectKey(link.statement.predicate))
        found.add(key)
        const fault = linkFault(link, facts.links.get(key))
        if (fault !== null && !(await isUnderWay(link, reviews, catalog))) problems.push(fault)
      }
    } catch (error) {
      if (!isAppError(error, 'corrupt')) throw error
      problems.push({ kind: 'truncated', seq: 0, message: error.message })
    }
    problems.push(...(await countFaults(dataset, links, catalog.windows)))
  }
  for (const [about, { seq, ordinal }] of facts.links) {
    if (found.has(about)) continue
    problems.push({ kind: 'removed', seq, message: `entry ${seq} tells of link ${ordinal} (${about}), which is gone` })
  }
  problems.push(...(await markFaults(facts, catalog, datasets)), ...(await repeatFaults(facts, catalog, datasets)))
  problems.push(...(await heldFaults(facts, reviews, catalog)))
  for (const review of reviews.values()) problems.push(...reviewFaults(review, facts, verifier))
  for (const [id, { seq }] of facts.reviews) {
    if (reviews.has(id)) continue
    problems.push({ kind: 'removed', seq, message: `entry ${seq} tells of review ${id}, which is gone` })
  }
  return problems
}

/**
 * Reports windows whose rows of held records are gone, or stand otherwise than the log says: reviewers would not see those
 * records.
 */
async function heldFaults(
  { scans, reviews: logged }: LogFacts,
  reviews: ReadonlyMap<string, ReviewRow>,
  { flagged }: Pick<Catalog, 'flagged'>,
): Promise<AuditProblem[]> {
  const problems: AuditProblem[] = []
  const tallies = new Map((await flagged.tallies()).map((tally) => [tally.window, tally]))
  for (const [window, { seq, quarantined, rejected }] of scans) {
    const there = tallies.get(window)
    const missing = quarantined + rejected - (there?.quarantined ?? 0) - (there?.rejected ?? 0)
    if (missing === 0 && quarantined === (there?.quarantined ?? 0)) continue
    const message =
      missing > 0
        ? `entry ${seq} tells of ${quarantined + rejected} records held of window ${window}: ${missing} of their rows are gone`
        : `the rows of what is held of window ${window} are not those that entry ${seq} tells of`
    problems.push({ kind: missing > 0 ? 'removed' : 'unlogged', seq, message })
  }
  // if rows of reviews are gone, their effects are not reported as a second fault
  const isWhole = [...logged.keys()].every((id) => reviews.has(id))
  for (const { dataset, window, astray } of tallies.values()) {
    if (astray === 0 || !isWhole) continue
    const stand = astray === 1 ? '1 held row stands as it does' : `${astray} held rows stand as they do`
    problems.push({ kind: 'unlogged', seq: 0, message: `no review tells why ${stand}: window ${window} of ${dataset}` })
  }
  return problems
}

/**
 * Reports marks that the log does not know, and marks that are gone. A forged mark makes a memory forget known poison; a removed
 * one makes it trust poison again.
 */
async function markFaults(
  { marks: logged }: LogFacts,
  { memories }: Pick<Catalog, 'memories'>,
  datasets: readonly string[],
): Promise<AuditProblem[]> {
  const problems: AuditProblem[] = []
  const left = new Map(logged)
  for (const dataset of datasets)
    for (const { after, keeps } of await memories.marks(dataset)) {
      const key = markKey(dataset, after)
      const { seq = 0 } = logged.get(key) ?? {}
      left.delete(key)
      if (logged.get(key)?.keeps === keeps) continue
      const message = `the log does not tell of what the memory of ${dataset} forgets behind window ${after}`
      problems.push({ kind: 'unlogged', seq, message })
    }
  for (const [key, { seq }] of left)
    problems.push({
      kind: 'removed',
      seq,
      message: `entry ${seq} tells of what a memory forgets (${key}), which is gone`,
    })
  return problems
}

/**
 * Reports verdicts on repetitions that the log does not know, and verdicts that are gone. With a forged one nobody is asked
 * about a repetition; with a removed one people are asked again.
 */
async function repeatFaults(
  { repeats: logged }: LogFacts,
  { repeats }: Pick<Catalog, 'repeats'>,
  datasets: readonly string[],
): Promise<AuditProblem[]> {
  const problems: AuditProblem[] = []
  const left = new Map(logged)
  for (const dataset of datasets)
    for (const { number, campaign, isNatural, after } of await repeats.all(dataset)) {
      const key = repeatKey(dataset, number)
      const { seq = 0, says } = logged.get(key) ?? {}
      left.delete(key)
      if (says === saysOf(isNatural, campaign, after)) continue
      const message = `the log does not tell of what was said of repetition ${campaign} of ${dataset}`
      problems.push({ kind: 'unlogged', seq, message })
    }
  for (const [key, { seq }] of left)
    problems.push({ kind: 'removed', seq, message: `entry ${seq} tells of ${key}, which is gone` })
  return problems
}

const repeatKey = (dataset: string, number: number) => `verdict ${number} on repetitions of ${dataset}`
const saysOf = (...said: unknown[]) => JSON.stringify(said)

const markKey = (dataset: string, after: number) => `${dataset} behind window ${after}`

/** The ids of windows and reviews are unique everywhere; the subjects of other links only within their dataset. */
function keyOf(dataset: string, about: string): string {
  return /^(window|release|revocation|recall|reinstatement):/.test(about) ? about : `${dataset}/${about}`
}

function linkFault({ ordinal, sha256, path }: Link, logged: LoggedLink | undefined): AuditProblem | null {
  if (logged === undefined) return { kind: 'unlogged', seq: 0, message: `the log does not tell of ${path}` }
  if (logged.ordinal === ordinal && (logged.sha256 ?? sha256) === sha256) return null
  return { kind: 'unlogged', seq: logged.seq, message: `${path} is not the link that entry ${logged.seq} tells of` }
}

/** Whether a link was written but its row and its entry in the log are still to come: a crash, or a moment, lies between them. */
async function isUnderWay(
  { statement: { predicate } }: Link,
  reviews: ReadonlyMap<string, ReviewRow>,
  { windows }: Pick<Catalog, 'windows'>,
): Promise<boolean> {
  const { window, review } = predicate
  if (review !== undefined) return reviews.get(review)?.state === 'pending'
  return window !== undefined && (await windows.get(window))?.state === 'scanned'
}

function reviewFaults(review: ReviewRow, { reviews, signing }: LogFacts, verifier: Verifier): AuditProblem[] {
  const { id, signature, state } = review
  const logged = reviews.get(id)
  const seq = logged?.seq ?? 0
  if (logged === undefined) return [{ kind: 'unlogged', seq, message: `the log does not tell of review ${id}` }]
  if (logged.digest !== reviewDigest(review)) {
    return [{ kind: 'unlogged', seq, message: `review ${id} is not the one that entry ${seq} tells of` }]
  }
  // Reviews were once not signed. Those that were carried out then are confirmed by the log alone.
  const isOld = signature === undefined && !logged.isSigned && state === 'applied'
  const signed = signature === undefined ? null : verifier.generationOf(signature.keyid)
  const mightSign = signed !== null && [...signing].every(([generation, from]) => generation <= signed || seq < from)
  const isNow = signed !== null && (signed >= verifier.current || state === 'applied')
  if (isOld || (mightSign && isNow && isDecided(review, verifier))) return []
  return [{ kind: 'unsigned', seq, message: `review ${id} is not signed by a key that might sign it then` }]
}
