import { AppError } from '#core/errors.ts'
import type { Statement } from '#core/manifest.ts'

/** In which order signing keys followed one another. Of keys that are not known nobody asks. */
export interface SigningOrder {
  /** From 1 on; null for a key that is not known. */
  generationOf(keyid: string): number | null
  /** The generation that signs now: the right of those before it has ended. */
  readonly current: number
}

/** As much of a link as is looked at here. */
interface SignedLink {
  readonly path: string
  /** Whose signatures the link has: one, or on a rotation the former key's and the next one's. */
  readonly signers: readonly string[]
  readonly statement: Pick<Statement, 'predicate'>
}

/** Whether a later key has taken the place of this one. */
export function hasEnded(keyid: string, order: SigningOrder): boolean {
  return (order.generationOf(keyid) ?? 0) < order.current
}

/**
 * The key that may sign the next link, when `signer` might sign this one (null: at the beginning of a chain anybody who is
 * trusted might). Throws `corrupt` (`signer_ended`) for a link by a key that may not sign there, or a rotation back to an earlier one.
 */
export function nextSigner(link: SignedLink, signer: string | null, order: SigningOrder): string {
  const [by = '', next = by] = link.signers
  const generation = order.generationOf(by) ?? 0
  // Before there were rotations, processes that raced for the first key may have signed with two.
  const isFirst = generation === 1 && signer !== null && order.generationOf(signer) === 1
  if (signer !== null && by !== signer && !isFirst) throw signerEnded(link.path)
  if (next !== by && (order.generationOf(next) ?? 0) <= generation) throw signerEnded(link.path)
  return next
}

/** Throws `corrupt` (`signature`) unless a statement has the signatures that its kind asks for. */
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
