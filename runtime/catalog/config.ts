import { z } from 'zod'

export const catalogConfig = z
  .strictObject({
    postgres: z
      .string()
      .min(1)
      .describe('postgresql://user:${CREDENCE_POSTGRES_PASSWORD}@host/database; verifies TLS unless emulator is true.'),
  })
  .describe('In the data folder when absent; every process that shares the work needs the same one.')
