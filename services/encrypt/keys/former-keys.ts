import { z } from 'zod'
import { name } from '#clouds/config.ts'

export const formerKeys = z
  .array(name)
  .min(1)
  .optional()
  .describe('Keys that this one follows: what they wrapped still unwraps, and `credence keys rewrap` brings it over.')
