import { agreementReport, askOpinions, giveOpinion, setGold } from '#app/operations/opinions.ts'
import type { OPINION_ROUTES } from '#console/api/opinions.ts'
import type { Handlers } from '../call.ts'
import { filterOf, rowOf } from './records.ts'
import { among, opinionOut, recordOf, within } from './shapes.ts'

export const opinionAnswers: Handlers<keyof typeof OPINION_ROUTES> = {
  async 'opinions.ask'({ who, system, body }) {
    const { q, ...draw } = body
    return { records: await askOpinions(system, filterOf(q, within(who, 'record.decide')), draw) }
  },

  async 'opinions.next'({ who, system, query }) {
    const over = within(who, 'record.decide', query.dataset)
    const { row, waiting } = await system.catalog.console.opinions.next(who.person, over)
    if (row === null) return { record: null, waiting }
    const { key, record, dataset, window, risk, families, label, contributor, campaign } = recordOf(row)
    return { record: { key, record, dataset, window, risk, families, label, contributor, campaign }, waiting }
  },

  async 'opinions.give'({ who, system, params, body, id }) {
    const row = await rowOf(system, who, 'record.decide', params.record)
    const given = await giveOpinion(system, row, { id, ...body })
    return { opinions: given.map(opinionOut) }
  },

  async 'opinions.agreement'({ who, system, query }) {
    const { alpha, between, units, disputed, people } = await agreementReport(
      system,
      among(who, 'record.decide', query.dataset),
    )
    return {
      alpha,
      between: between === null ? null : [...between],
      units,
      disputed,
      people: people.map((person) => ({ ...person })),
    }
  },

  async 'gold.set'({ who, system, params, body }) {
    const row = await rowOf(system, who, 'record.decide', params.record)
    const gold = await setGold(system, row, body.gold)
    return { gold: gold === null ? null : { ...gold, at: gold.at.toISOString() } }
  },

  async 'records.share'({ who, system, body }) {
    const filter = filterOf(body.q, within(who, 'record.annotate'))
    return { records: await system.catalog.console.discussion.share(filter, body.people, who.person) }
  },
}
