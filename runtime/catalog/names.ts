import { AppError } from '#core/errors.ts'
import type { Transaction } from './sql.ts'
import { toText } from './text.ts'

/** Any constant that no other lock uses: whoever begins a name of the same digest waits for each other. */
const NAMES = 1_262_318_401

/**
 * Until the transaction ends, nobody else begins a dataset or a federation of this name: they share a chain's folder, keys and what roles are over, so that a
 * name is of one or the other, whichever configuration names it.
 */
export async function lockName(tx: Transaction, name: string): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1, hashtext($2))', [NAMES, toText(name)])
}

export function nameTaken(by: 'dataset' | 'federation', name: string): AppError {
  const message = `there is a ${by} ${name} in this catalog: datasets and federations have different names`
  return new AppError('conflict', message, { reason: 'name_taken' })
}
