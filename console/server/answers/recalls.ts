import { AppError } from '#core/errors.ts'
import { blastRadius, wouldReach, type BlastRadius } from '#app/operations/blast-radius.ts'
import { isRecallOf, recallable, recallNamed, recordRecall } from '#app/operations/recalls.ts'
import type { RECALL_ROUTES } from '#console/api/recalls.ts'
import type { Handlers } from '../call.ts'
import type { Carrier } from '../carrier.ts'
import { checkDataset, reviewOf } from './shapes.ts'

const NO_DATASET = 'there is no such dataset'

export function recallAnswers(carrier: Carrier): Handlers<keyof typeof RECALL_ROUTES> {
  return {
    async 'recalls.preview'({ who, system, params, body }) {
      checkDataset(who, 'record.decide', params.dataset, NO_DATASET)
      const found = await recallable(system, choiceOf(params.dataset, body))
      const { admitted, already, forgotten } = found
      return {
        admitted: admitted.length,
        already: already.length,
        forgotten,
        ...reachOut(await wouldReach(system, found)),
      }
    },

    async 'recalls.make'({ who, system, params, body, id }) {
      checkDataset(who, 'record.decide', params.dataset, NO_DATASET)
      const { lists } = system.catalog.console
      const { dataset } = params
      // made by the same request before: what it named is recalled by now, and is no longer there to name
      const there = await lists.review(id)
      const made = there === null ? null : await system.catalog.reviews.get(id)
      if (there === null) {
        const found = await recallable(system, choiceOf(dataset, body))
        void carrier.carry(await recordRecall(system, found, { reason: body.reason, id }))
      } else if (
        made?.action !== 'recall' ||
        made.dataset !== dataset ||
        made.reason !== body.reason ||
        !(await isRecallOf(system, made, choiceOf(dataset, body)))
      ) {
        throw new AppError('conflict', 'this Idempotency-Key was used for another decision', {
          reason: 'idempotency_reused',
        })
      }
      const head = there ?? (await lists.review(id))
      if (head === null) throw new AppError('conflict', 'the decision was withdrawn meanwhile')
      return reviewOf(head)
    },

    async 'recalls.reach'({ who, system, params }) {
      const recall = await recallNamed(system, params.review)
      checkDataset(who, 'record.decide', recall.dataset, `there is no recall ${params.review}`)
      return reachOut(await blastRadius(system, recall))
    },
  }
}

/** What is not given is absent, as the operation asks. */
function choiceOf(
  dataset: string,
  { records, campaign }: { readonly records?: readonly string[] | undefined; readonly campaign?: string | undefined },
) {
  return { dataset, ...(records !== undefined && { records }), ...(campaign !== undefined && { campaign }) }
}

function reachOut({ exports, sink }: BlastRadius) {
  return { exports: exports.map((one) => ({ ...one })), sink }
}
