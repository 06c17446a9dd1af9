import { z } from 'zod'

/** What the settings of several adapters have in common, so that users find the same words for the same things. */
export const name = z.string().min(1)
export const endpoint = z
  .url()
  .optional()
  .describe('Another address of the service: a private endpoint, or an emulator.')
