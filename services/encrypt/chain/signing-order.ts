import { AppError } from '#core/errors.ts'
import type { Statement } from '#core/manifest.ts'

/** The order in which signing keys followed one another. */
export interface SigningOrder {
  /** The key's generation, from 1; null for an unknown key. */
  generationOf(keyid: string): number | null
  /** The generation that signs now. Earlier generations have lost the right to sign. */
  readonly current: number
}

/** The part of a link that is used here. */
interface SignedLink {
  readonly path: string
  /** The keys that signed the link: one, or for a rotation the old and the new key. */
  readonly signers: readonly string[]
  readonly statement: Pick<Statement, 'predicate'>
}

/** Whether a later key has replaced this one. */
export function hasEnded(keyid: string, order: SigningOrder): boolean {
  return (order.generationOf(keyid) ?? 0) < order.current
}

/**
 * Returns the key that may sign the next link, given that `signer` may sign this one (null: the chain begins here, where any
 * trusted key may sign). Throws `corrupt` (`signer_ended`) for a link by a key that may not sign there, and for a rotation back
 * to an earlier key.
 */
export function nextSigner(link: SignedLink, signer: string | null, order: SigningOrder): string {
  const [by = '', next = by] = link.signers
  const generation = order.generationOf(by) ?? 0
  // Before rotations existed, processes that raced for the first key may have signed with two keys.
  const isFirst = generation === 1 && signer !== null && order.generationOf(signer) === 1
  if (signer !== null && by !== signer && !isFirst) throw signerEnded(link.path)
  if (next !== by && (order.generationOf(next) ?? 0) <= generation) throw signerEnded(link.path)
  return next
}

/** Throws `corrupt` (`signature`) unless a statement has exactly the signatures that its kind requires. */
export function checkSigners({ path, signers, statement: { predicate } }: SignedLink): void {
  const { kind, rotation } = predicate
  const asked = kind === 'rotation' ? [rotation?.from, rotation?.to] : signers.slice(0, 1)
  const isRight = (kind === 'rotation') === (rotation !== undefined) && asked.length === signers.length
  if (isRight && new Set(signers).size === signers.length && asked.every((keyid, at) => keyid === signers[at])) return
  throw new AppError('corrupt', `${path} is not signed as a link of its kind is`, { reason: 'signature' })
}

export function signerEnded(path: string): AppError {
  const message =
    `${path} is signed by a key whose right to sign had ended: somebody holds an earlier signing key, ` +
    'or a rotation was interrupted (credence keys rotate --signing finishes it)'
  return new AppError('corrupt', message, { reason: 'signer_ended' })
}
