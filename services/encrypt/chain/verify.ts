import { createHash } from 'node:crypto'
import { isAppError } from '#core/errors.ts'
import { datasetIn, folderPath } from '#core/layout.ts'
import type { Predicate, Subject } from '#core/manifest.ts'
import type { Vault } from '#core/vault.ts'
import type { WindowCounts } from '#core/window.ts'
import type { KnownLink } from '#runtime/catalog/catalog.ts'
import { readAdmission } from './admission.ts'
import { admittedBy } from './admitted.ts'
import { readLinks, type Link } from './chain.ts'
import { heldLinks } from './known.ts'
import { standingSubjects } from './standing.ts'
import type { Verifier } from './verifier.ts'
import type { Store } from '../store.ts'

export interface VerifyDeps {
  readonly store: Store
  /** From the signer, or from a public key (`verifierFromPem`). */
  readonly verifier: Verifier
  /** The links that are known from elsewhere. A chain that was cut short verifies without them. */
  readonly known?: readonly KnownLink[]
  /** If given, every admitted record is opened and counted too. */
  readonly vault?: Vault
}

export interface VerifyReport {
  readonly dataset: string
  readonly links: number
  /** Digest of the last link's envelope, for comparison with one known from elsewhere; null if there are no links. */
  readonly head: string | null
  /** The number of signed objects whose digest is the signed one. */
  readonly objects: number
  /** The sums of the counts of all windows. */
  readonly counts: WindowCounts
  /** The number of records that the chain admits; null without a vault. */
  readonly admitted: number | null
  readonly problems: readonly Problem[]
  /** Objects that no link names: left by a crash, or by a commit under way. Nothing reads them. */
  readonly unlisted: readonly string[]
}

export interface Problem {
  /** `signature`, `chain`, `ordinal`, `manifest_format`, `chain_truncated`, `digest`, `missing_object`, `counts`, … */
  readonly code: string
  readonly path: string
  readonly message: string
}

const NOTHING: WindowCounts = { received: 0, admitted: 0, quarantined: 0, rejected: 0, deadLettered: 0 }

/**
 * Checks everything that a dataset's chain signs for: signatures, chain, the statement of each link, and the digest of each
 * object. Needs only the store and a public key. Reports what is wrong; throws only what prevents the check (`unavailable`, …).
 */
export async function verifyDataset(dataset: string, deps: VerifyDeps): Promise<VerifyReport> {
  const { store, verifier, known = [], vault } = deps
  const problems: Problem[] = []
  const links = await readChain(dataset, heldLinks(dataset, readLinks(store, verifier, dataset), known), problems)
  await noting(problems, `manifests/${dataset}`, () => readAdmission(dataset, replay(links)))
  const signed = new Map(links.flatMap(({ statement }) => statement.subject.map((object) => [object.name, object])))
  const subjects = standingSubjects(links)
  let intact = 0
  for (const subject of subjects.values()) intact += (await isIntact(store, subject, problems)) ? 1 : 0
  const counts = links.reduce((sum, { path, statement }) => add(sum, statement.predicate, path, problems), NOTHING)
  const sound = problems.length === 0
  return {
    dataset,
    links: links.length,
    head: links.at(-1)?.sha256 ?? null,
    objects: intact,
    counts,
    admitted: vault === undefined || !sound ? null : await countAdmitted(dataset, vault, links, problems),
    problems,
    unlisted: await unlistedIn(store, dataset, signed),
  }
}

/** The names of the datasets that have a chain in the store, sorted. */
export async function datasetsIn(store: Store): Promise<string[]> {
  const datasets = new Set<string>()
  for await (const path of store.list(folderPath('manifests'))) datasets.add(datasetIn(path))
  return [...datasets]
}

/** Reads the links up to the first that does not verify, which is reported as a problem. */
async function readChain(dataset: string, read: AsyncIterable<Link>, problems: Problem[]): Promise<Link[]> {
  const links: Link[] = []
  await noting(problems, `manifests/${dataset}`, async () => {
    for await (const link of read) links.push(link)
  })
  return links
}

async function isIntact(store: Store, { name, digest }: Subject, problems: Problem[]): Promise<boolean> {
  try {
    const { bytes } = await store.read(name)
    if (createHash('sha256').update(bytes).digest('hex') === digest.sha256) return true
    problems.push({ code: 'digest', path: name, message: `${name} is not the object that was signed for` })
  } catch (error) {
    if (!isAppError(error, 'not_found')) throw error
    problems.push({ code: 'missing_object', path: name, message: `${name} is gone` })
  }
  return false
}

function add(sum: WindowCounts, { counts }: Predicate, path: string, problems: Problem[]): WindowCounts {
  if (counts === undefined) return sum
  const { received, admitted, quarantined, rejected, deadLettered } = counts
  if (received !== admitted + quarantined + rejected + deadLettered) {
    problems.push({ code: 'counts', path, message: `${path} accounts for more or fewer records than it received` })
  }
  return {
    received: sum.received + received,
    admitted: sum.admitted + admitted,
    quarantined: sum.quarantined + quarantined,
    rejected: sum.rejected + rejected,
    deadLettered: sum.deadLettered + deadLettered,
  }
}

async function countAdmitted(dataset: string, vault: Vault, links: Link[], problems: Problem[]): Promise<number> {
  const ids = new Set<string>()
  let repeated = 0
  await noting(problems, `clean/${dataset}`, async () => {
    for await (const { id } of admittedBy(dataset, { vault, links: replay(links) })) {
      if (ids.has(id)) repeated += 1
      ids.add(id)
    }
  })
  if (repeated > 0) {
    problems.push({ code: 'repeated', path: `clean/${dataset}`, message: `${repeated} records are admitted twice` })
  }
  return ids.size
}

async function unlistedIn(store: Store, dataset: string, listed: ReadonlyMap<string, Subject>): Promise<string[]> {
  const unlisted: string[] = []
  for (const zone of ['clean', 'quarantine'] as const) {
    for await (const path of store.list(folderPath(zone, dataset))) if (!listed.has(path)) unlisted.push(path)
  }
  return unlisted
}

/** Reports what is corrupt or denied as a problem; throws anything else, because it prevents the check. */
async function noting(problems: Problem[], path: string, look: () => Promise<unknown>): Promise<void> {
  try {
    await look()
  } catch (error) {
    if (!isAppError(error) || !['corrupt', 'denied', 'not_found'].includes(error.code)) throw error
    problems.push({ code: error.reason ?? error.code, path, message: error.message })
  }
}

async function* replay(links: readonly Link[]): AsyncGenerator<Link> {
  yield* links
}
