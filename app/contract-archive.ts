import type { Contract } from '#core/contract.ts'
import { AppError, isAppError } from '#core/errors.ts'
import { contractPath } from '#core/layout.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import { parseContract } from '#runtime/config/load-contract.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { datasetOf, type System } from './system.ts'

/** Stores the contract under which windows are about to be staged, because it may be edited before they are scanned. */
export async function archiveContract(system: System, dataset: string): Promise<void> {
  const { contract, sha256 } = datasetOf(system, dataset)
  try {
    await system.store.create(contractPath(dataset, sha256), Buffer.from(canonicalJson(contract as unknown as Value)))
  } catch (error) {
    if (!isAppError(error, 'conflict')) throw error
  }
}

/** The contract under which a window was staged, whatever the configuration has now. Throws `conflict` if it is gone. */
export async function contractOf(system: System, dataset: string, sha256: string): Promise<Contract> {
  const current = datasetOf(system, dataset)
  if (current.sha256 === sha256) return current.contract
  try {
    const path = contractPath(dataset, sha256)
    const archived = parseContract(Buffer.from((await system.store.read(path)).bytes).toString('utf8'), path)
    if (archived.sha256 === sha256) return archived.contract
  } catch (error) {
    if (!isAppError(error, 'not_found') && !isAppError(error, 'invalid')) throw error
  }
  throw new AppError(
    'conflict',
    `a window of ${dataset} was staged under another contract (sha256 ${sha256.slice(0, 12)}…), which is gone: put it back, run, then change it`,
    { reason: 'contract_changed' },
  )
}

/**
 * The contract by which a person reads a window: the one that it was staged under, which names the fields of its records. Where that one
 * is gone, the current one shows what it can.
 */
export async function contractToRead(
  system: System,
  { dataset, contract }: Pick<WindowRow, 'dataset' | 'contract'>,
): Promise<Contract> {
  try {
    return await contractOf(system, dataset, contract)
  } catch (error) {
    if (!isAppError(error, 'conflict')) throw error
    return datasetOf(system, dataset).contract
  }
}
