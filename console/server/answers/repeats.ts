import { judgeRepeat } from '#app/operations/repeats.ts'
import type { REPEAT_ROUTES } from '#console/api/repeats.ts'
import type { Handlers } from '../call.ts'
import { checkDataset } from './shapes.ts'

export const repeatAnswers: Handlers<keyof typeof REPEAT_ROUTES> = {
  async 'repeats.judge'({ who, system, params: { dataset, repeat }, body }) {
    checkDataset(who, 'record.decide', dataset, 'there is no such dataset')
    // what stands so already is answered as though it had been said now: a request that is sent again changes nothing
    await judgeRepeat(system, dataset, { campaign: repeat, ...body })
    return { id: repeat, isNatural: body.isNatural }
  },
}
