import { z } from 'zod'

/** The prefix of the store's paths in a bucket or a container. */
export const prefix = z
  .string()
  .regex(/^[A-Za-z0-9][\w.=-]*(\/[A-Za-z0-9][\w.=-]*)*$/, 'expected a path such as team/credence')
  .optional()
  .describe('All objects are below it.')

export const days = z.int().min(1).max(36_500)
