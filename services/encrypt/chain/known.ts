import { AppError } from '#core/errors.ts'
import type { Predicate, Statement } from '#core/manifest.ts'
import type { ChainCatalog, KnownLink } from '#runtime/catalog/catalog.ts'

/** What is known about the chains outside the store. It is needed because a store that lost its newest links still verifies. */
export type ChainLedger = Pick<ChainCatalog, 'known' | 'remember' | 'unknownWindows'>

/** The part of a link that is used here. */
interface SeenLink {
  readonly ordinal: number
  readonly path: string
  readonly sha256: string
  readonly statement: Pick<Statement, 'predicate'>
}

/** Compares a chain's links with what is known about them: call `see` for each in order, then `end`. */
export interface Witness {
  /** Throws `corrupt` (`chain_rewritten`) if another link is known at this place. */
  see(link: SeenLink): void
  /** Throws `corrupt` (`chain_truncated`) if more links are known than exist. */
  end(last: number): void
}

export function createWitness(dataset: string, known: readonly KnownLink[]): Witness {
  const byOrdinal = Map.groupBy(known, ({ ordinal }) => ordinal)
  const furthest = known.reduce((most, { ordinal }) => Math.max(most, ordinal), 0)
  return {
    see({ ordinal, sha256, path, statement }) {
      const about = subjectKey(statement.predicate)
      const isOther = (link: KnownLink) =>
        (link.sha256 !== null && link.sha256 !== sha256) || (link.about !== null && link.about !== about)
      if (byOrdinal.get(ordinal)?.some(isOther) !== true) return
      throw new AppError('corrupt', `${path} is not the link that is known there: ${EITHER}`, {
        reason: 'chain_rewritten',
      })
    },
    end(last) {
      if (last >= furthest) return
      const message = `the chain of ${dataset} ends at link ${last}, but link ${furthest} was written: ${RESTORE}`
      throw new AppError('corrupt', message, { reason: 'chain_truncated' })
    },
  }
}

const RESTORE = 'put the links back from a copy of the store'
const EITHER =
  'the link was altered, or the row of the catalog that names it; credence audit verify says which, so restore that one'

/** Yields the links, and throws at the first one that is not the known one. */
export async function* heldLinks<L extends SeenLink>(
  dataset: string,
  links: AsyncIterable<L>,
  known: readonly KnownLink[],
  from = 0,
): AsyncGenerator<L> {
  const witness = createWitness(dataset, known)
  let last = from
  for await (const link of links) {
    witness.see(link)
    last = link.ordinal
    yield link
  }
  witness.end(last)
}

/** The name of a link's subject; a chain has at most one link for each. */
export function subjectKey({
  kind,
  window,
  review,
  batch,
  rotation,
  round,
}: Pick<Predicate, 'kind' | 'window' | 'review' | 'batch' | 'rotation' | 'round'>) {
  const named = {
    window,
    release: review,
    revocation: review,
    recall: review,
    reinstatement: review,
    reencryption: batch,
    rotation: rotation?.to,
    round,
  }
  return `${kind}:${named[kind] ?? ''}`
}
