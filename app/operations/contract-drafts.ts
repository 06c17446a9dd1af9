import { createHash } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Contract } from '#core/contract.ts'
import { AppError, isAppError } from '#core/errors.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import type { DraftRow } from '#runtime/catalog/console/drafts.ts'
import { examineContract, type LoadedContract } from '#runtime/config/load-contract.ts'
import { readText } from '#runtime/config/read-text.ts'
import type { Problem } from '#runtime/config/yaml-file.ts'
import { replaceDurably } from '#services/encrypt/stores/durable-file.ts'
import { createPreparer } from '#services/ingest/record/prepare.ts'
import { archiveContract } from '../contract-archive.ts'
import { datasetOf, type SigningSystem, type System } from '../system.ts'

/** The contract of a dataset as its file is now. */
export interface ContractFile {
  readonly name: string
  readonly text: string
  /** SHA-256 of the file, hex. */
  readonly sha256: string
  /** Whether this process uses it: an edited file takes effect when a process starts. */
  readonly isInForce: boolean
}

/** Throws `not_found` for an unknown dataset, and if the file is gone. */
export async function contractFile(system: System, name: string): Promise<ContractFile> {
  const { dataset, sha256 } = datasetOf(system, name)
  const text = await readText(dataset.contract, 'a contract')
  const { loaded } = examineContract(text)
  return { name: basename(dataset.contract), text, sha256: digestOf(text), isInForce: loaded?.sha256 === sha256 }
}

/** The datasets that use the same file, including this one. */
export function sharersOf({ config }: Pick<System, 'config'>, name: string): string[] {
  const path = config.datasets[name]?.contract
  return Object.entries(config.datasets).flatMap(([other, { contract }]) => (contract === path ? [other] : []))
}

/** Parses a draft: its contents, or all its problems. */
export function examineDraft(text: string): {
  readonly loaded: LoadedContract | null
  readonly problems: readonly Problem[]
} {
  const { file, loaded, problems } = examineContract(text)
  if (loaded === null) return { loaded, problems }
  try {
    createPreparer(loaded.contract, { dataset: '', source: '' })
    return { loaded, problems }
  } catch (error) {
    if (!isAppError(error, 'invalid')) throw error
    return { loaded: null, problems: [file.problem(['schema'], error.message)] }
  }
}

/** The contents of a draft. Throws `invalid` (`draft`) if it is no valid contract. */
export function loadedDraft({ text }: Pick<DraftRow, 'text'>): LoadedContract {
  const { loaded, problems } = examineDraft(text)
  if (loaded !== null) return loaded
  const [first] = problems
  throw new AppError('invalid', `the draft is no contract: ${first?.message ?? 'it is empty'}`, { reason: 'draft' })
}

/** Throws `conflict` (`contract_moved`) if the file is not the one that the person saw. */
export function checkBase({ sha256, name }: ContractFile, base: string): void {
  if (sha256 === base) return
  throw new AppError('conflict', `${name} has changed since this draft was begun: take its changes over first`, {
    reason: 'contract_moved',
  })
}

/** The names of the parts in which two contracts differ. */
export function changedParts(before: Contract, after: Contract): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  const text = (contract: Contract, key: string) =>
    canonicalJson(((contract as Readonly<Record<string, unknown>>)[key] ?? null) as Value)
  return [...keys].filter((key) => text(before, key) !== text(after, key)).sort()
}

/**
 * Puts a draft in force: writes it to the contract's file, if this process may, and uses it in this process. If it may not
 * write, the file must have these contents already. Between the two steps the draft is `publishing`, and the same call continues
 * from there; the file then has the contents that the draft was based on or those of the draft. Throws `conflict`
 * (`contract_moved`, `contract_elsewhere`), `invalid` (`draft`), and as a change of the draft does.
 */
export async function publishDraft(
  system: SigningSystem,
  draft: DraftRow,
  { by, mayWrite }: { readonly by: string; readonly mayWrite: boolean },
): Promise<DraftRow> {
  const { drafts } = system.catalog.console
  const loaded = loadedDraft(draft)
  const file = await contractFile(system, draft.dataset)
  const to = digestOf(draft.text)
  if (file.sha256 !== to) {
    if (!mayWrite) {
      const message = `the console does not write ${file.name}: apply the difference where it is kept, and publish then`
      throw new AppError('conflict', message, { reason: 'contract_elsewhere' })
    }
    checkBase(file, draft.base)
  }
  const shown = { id: draft.id, revision: draft.revision, by }
  const detail = { from: file.sha256, to, contract: loaded.sha256 }
  const publishing = await drafts.move(shown, 'publishing', detail)
  if (file.sha256 !== to) await writeContract(system, draft)
  for (const dataset of sharersOf(system, draft.dataset)) {
    if (datasetOf(system, dataset).sha256 === loaded.sha256) continue
    // windows that were staged under the previous contract must still be scanned by it
    await archiveContract(system, dataset)
    takeUp(system, dataset, loaded)
  }
  return publishing.state === 'published' ? publishing : drafts.move(shown, 'published', detail)
}

async function writeContract(system: System, { dataset, text }: DraftRow): Promise<void> {
  const path = await realpath(datasetOf(system, dataset).dataset.contract)
  const { mode } = await stat(path)
  try {
    await replaceDurably(path, Buffer.from(text), dirname(path), mode & 0o777)
  } catch (cause) {
    throw new AppError('denied', `cannot write ${basename(path)}`, { cause, reason: 'contract_elsewhere' })
  }
}

/** Uses the contract for everything that this process decodes from now on; work that was begun ends under the old one. */
function takeUp({ contracts }: System, dataset: string, loaded: LoadedContract): void {
  ;(contracts as Map<string, LoadedContract>).set(dataset, loaded)
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
