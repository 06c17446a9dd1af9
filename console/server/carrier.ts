import { reportOf } from '#core/errors.ts'
import type { ReviewRow } from '#runtime/catalog/catalog.ts'
import { carryOutReview } from '#app/operations/reviews.ts'
import type { SigningSystem } from '#app/system.ts'

/** Carries decisions out after they were acknowledged: they are signed and recorded by then, and a crash loses none. */
export interface Carrier extends AsyncDisposable {
  /** Resolves once it was carried out, or could not be; nobody has to wait for it. */
  carry(review: ReviewRow): Promise<void>
}

/** One after the other, for they append to one chain. What fails is told as the sweeper does, which tries it again. */
export function createCarrier(system: SigningSystem): Carrier {
  let last = Promise.resolve()
  const carry = (review: ReviewRow): Promise<void> => {
    if (review.state === 'applied') return Promise.resolve()
    last = last.then(() =>
      carryOutReview(system, review).catch((error: unknown) => {
        const { code, says } = reportOf(error)
        system.events.emit('review.held', { dataset: review.dataset, review: review.id, code, says })
      }),
    )
    return last
  }
  return { carry, [Symbol.asyncDispose]: () => last }
}
