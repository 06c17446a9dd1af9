import { AppError } from '#core/errors.ts'
import { decodeRecords } from '#core/record-codec.ts'
import type { DataRecord } from '#core/record.ts'
import type { Vault } from '#core/vault.ts'
import { readAdmission, type Admission, type AdmittedRelease } from './admission.ts'
import { windowContext } from '#core/layout.ts'
import type { Link } from './chain.ts'
import { compareNatural } from '#core/natural-order.ts'

export interface ExportDeps {
  readonly vault: Vault
  /** The verified links of the dataset's chain (`ManifestChain.links`, `readLinks`). */
  readonly links: AsyncIterable<Link>
}

/**
 * Yields every record that the chain admits, each once: first the records of the windows, in the order of their source, then the
 * released records, in the same order. The order of the commits has no influence. The whole chain is verified before the first
 * record, and each object against the digest that its link signed. Throws `corrupt` at the first thing that does not verify, and
 * (`repeated`) at a record that is admitted a second time; `not_found` (`object_gone`) at an object that the store lacks.
 */
export async function* exportAdmitted(dataset: string, deps: ExportDeps): AsyncGenerator<DataRecord> {
  const seen = new Set<string>()
  for await (const record of admittedBy(dataset, deps)) {
    if (seen.has(record.id)) {
      const message = `a record of ${dataset} is admitted twice: a catalog that was put back let it be read again`
      throw new AppError('corrupt', message, { reason: 'repeated' })
    }
    seen.add(record.id)
    yield record
  }
}

/** Like `exportAdmitted`, but yields repeated records too. */
export async function* admittedBy(dataset: string, deps: ExportDeps): AsyncGenerator<DataRecord> {
  for await (const { record } of admittedFrom(dataset, deps)) yield record
}

/** Like `admittedBy`, but yields each record with the id of its window. */
export async function* admittedFrom(
  dataset: string,
  { vault, links }: ExportDeps,
): AsyncGenerator<{ readonly record: DataRecord; readonly window: string }> {
  const admission = await readAdmission(dataset, links)
  const released = await readReleases(dataset, admission, vault)
  const last = lastWords(admission, released)
  for (const { id, contract, clean, ordinal } of admission.windows) {
    if (clean === null) continue
    const context = windowContext({ id, dataset, contract }, 'jsonl+zstd')
    for (const record of decodeRecords(await vault.open(clean.name, context, clean.digest.sha256))) {
      if ((last.get(record.id) ?? 0) <= ordinal && !admission.recalled.has(record.id)) yield { record, window: id }
    }
  }
  const standing = released.filter(
    ({ record, release }) => last.get(record.id) === release.ordinal && !admission.recalled.has(record.id),
  )
  for (const { record, release } of standing.toSorted((a, b) => byOrigin(a.record, b.record)))
    yield { record, window: release.window.id }
}

interface Released {
  readonly record: DataRecord
  readonly release: AdmittedRelease
}

async function readReleases(dataset: string, { releases }: Admission, vault: Vault): Promise<Released[]> {
  const list: Released[] = []
  for (const release of releases) {
    const { object, window } = release
    const context = windowContext({ ...window, dataset }, 'jsonl+zstd')
    const records = decodeRecords(await vault.open(object.name, context, object.digest.sha256))
    for (const record of records) list.push({ record, release })
  }
  return list
}

/** For each record that was ever released or revoked, the ordinal of the last link that did so. */
function lastWords({ revoked }: Admission, released: readonly Released[]): Map<string, number> {
  const last = new Map(revoked)
  for (const { record, release } of released) {
    last.set(record.id, Math.max(release.ordinal, last.get(record.id) ?? 0))
  }
  return last
}

function byOrigin(a: DataRecord, b: DataRecord): number {
  return (
    compareNatural(a.provenance.source, b.provenance.source) ||
    compareNatural(a.provenance.partition, b.provenance.partition) ||
    compareNatural(a.provenance.position, b.provenance.position) ||
    compareNatural(a.id, b.id)
  )
}
