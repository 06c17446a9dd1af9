import type { Contract } from '#core/contract.ts'
import { AppError, isAppError } from '#core/errors.ts'
import { sha256Hex } from '#core/hash.ts'
import { contractPath } from '#core/layout.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import { parseContract } from '#runtime/config/load-contract.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { datasetOf, type System } from './system.ts'

/** Stores the contract under which windows are about to be staged, because it may be edited before they are scanned. */
export async function archiveContract(system: System, dataset: string): Promise<void> {
  const { contract, sha256 } = datasetOf(system, dataset)
  const path = contractPath(dataset, sha256)
  try {
    await system.store.create(path, Buffer.from(canonicalJson(contract as unknown as Value)))
  } catch (error) {
    if (!isAppError(error, 'conflict')) throw error
    const there = await keptContract(system, dataset, sha256)
    if (!('lack' in there) || there.lack === 'unknown') return
    if (there.lack === 'denied')
      throw new AppError('denied', `${path} ${LACKS.denied}: ${REMEDIES.denied}`, { cause: there.cause })
    throw new AppError('conflict', `${path} ${LACKS[there.lack]}: move it away, then run again`, {
      cause: error,
      reason: 'contract_changed',
    })
  }
}

/**
 * The contract under which a window was staged, whatever the configuration has now. Throws `conflict` if it is gone, altered or
 * of a later version, and `denied` if it may not be read.
 */
export async function contractOf(system: System, dataset: string, sha256: string): Promise<Contract> {
  const found = await findContract(system, dataset, sha256)
  if (!('lack' in found)) return found.contract
  const path = contractPath(dataset, sha256)
  const what = `a window of ${dataset} was staged under another contract, and ${path} ${LACKS[found.lack]}`
  if (found.lack === 'denied') throw new AppError('denied', `${what}: ${REMEDIES.denied}`, { cause: found.cause })
  throw new AppError('conflict', `${what}: ${REMEDIES[found.lack]}, or put the old contract into the configuration`, {
    cause: found.cause,
    reason: 'contract_changed',
  })
}

/** How a person reads the records of a window. */
export interface Reading {
  /** The contract that the window was staged under, which names the fields of its records; null if it cannot be had. */
  readonly contract: Contract | null
  /** What a person has to know before they believe what they see; empty if all is as it was scanned. */
  readonly warnings: readonly string[]
}

/**
 * The contract by which a person reads a window. Where it cannot be had, no other one takes its place: that one may show another
 * field than the one that was scanned and is trained on.
 */
export async function readingOf(
  system: System,
  { dataset, contract: sha256 }: Pick<WindowRow, 'dataset' | 'contract'>,
): Promise<Reading> {
  const found = await findContract(system, dataset, sha256)
  if (!('lack' in found)) return { contract: found.contract, warnings: [] }
  const path = contractPath(dataset, sha256)
  const warning = `All fields are shown as they came, because the contract that this was scanned under cannot be read. ${path} ${LACKS[found.lack]}: ${REMEDIES[found.lack]}.`
  return { contract: null, warnings: [warning] }
}

type Lack = 'gone' | 'altered' | 'denied' | 'unknown'
type Found = { readonly contract: Contract } | { readonly lack: Lack; readonly cause?: unknown }

const LACKS: Readonly<Record<Lack, string>> = {
  gone: 'is gone from the store',
  altered: 'holds something else than was put there',
  denied: 'may not be read by this process',
  unknown: 'is no contract that this version of Credence understands',
}
const REMEDIES: Readonly<Record<Lack, string>> = {
  gone: 'put it back from a backup of the store',
  altered: 'put it back from a backup of the store, and find out who wrote it',
  denied: 'grant it the right to read contracts/, as docs/permissions.md says',
  unknown: 'use the version that staged the window, or a later one',
}

async function findContract(system: System, dataset: string, sha256: string): Promise<Found> {
  const current = datasetOf(system, dataset)
  return current.sha256 === sha256 ? current : keptContract(system, dataset, sha256)
}

/** The stored contract, if it has its digest. Its own bytes decide, because a later version may give it further defaults. */
async function keptContract({ store }: System, dataset: string, sha256: string): Promise<Found> {
  const path = contractPath(dataset, sha256)
  try {
    const { bytes } = await store.read(path)
    if (sha256Hex(bytes) !== sha256) return { lack: 'altered' }
    return parsed(bytes, path)
  } catch (cause) {
    if (isAppError(cause, 'not_found')) return { lack: 'gone', cause }
    if (isAppError(cause, 'denied')) return { lack: 'denied', cause }
    throw cause
  }
}

function parsed(bytes: Uint8Array, path: string): Found {
  try {
    return parseContract(Buffer.from(bytes).toString('utf8'), path)
  } catch (cause) {
    if (isAppError(cause, 'invalid')) return { lack: 'unknown', cause }
    throw cause
  }
}
