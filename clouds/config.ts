import { z } from 'zod'

/** Settings that several adapters share, so that they have the same names everywhere. */
export const name = z.string().min(1)
export const endpoint = z
  .url()
  .optional()
  .describe('Another address of the service: a private endpoint, or an emulator.')
