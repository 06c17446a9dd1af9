import { z } from 'zod'
import { name, reason } from './common.ts'
import type { Route } from './route.ts'

const isNatural = z
  .boolean()
  .describe('True: it is what the dataset is like, and nobody is asked until twice as much of it comes.')

export const REPEAT_ROUTES = {
  'repeats.judge': {
    method: 'PUT',
    path: '/v1/datasets/{dataset}/repeats/{repeat}',
    permission: 'record.decide',
    says: 'calls what repeats itself in a dataset natural, or has it asked about again; holds and releases nothing',
    params: z.strictObject({ dataset: name, repeat: z.string().min(1).max(400) }),
    body: z.strictObject({ isNatural, reason }),
    answer: z.strictObject({ id: z.string(), isNatural }),
  },
} as const satisfies Record<string, Route>
