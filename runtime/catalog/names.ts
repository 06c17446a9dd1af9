import { AppError } from '#core/errors.ts'
import type { Transaction } from './sql.ts'
import { toText } from './text.ts'

/** Any constant that no other lock uses; it separates these locks from others. */
const NAMES = 1_262_318_401

/**
 * Until the transaction ends, nobody else begins a dataset or a federation with this name. The two share the folder of a chain,
 * keys and the objects of roles, so a name belongs to one or the other, whichever configuration uses it.
 */
export async function lockName(tx: Transaction, name: string): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1, hashtext($2))', [NAMES, toText(name)])
}

export function nameTaken(by: 'dataset' | 'federation', name: string): AppError {
  const message = `there is a ${by} ${name} in this catalog: datasets and federations have different names`
  return new AppError('conflict', message, { reason: 'name_taken' })
}
