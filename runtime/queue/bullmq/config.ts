import { z } from 'zod'

const name = z.string().min(1)
const rate = z.strictObject({
  windows: z.int().min(1).describe('How many.'),
  perSeconds: z.number().positive().default(1).describe('In how many seconds.'),
})

export const queueConfig = z
  .strictObject({
    redis: name.describe('rediss://:${CREDENCE_REDIS_PASSWORD}@host:port; redis:// only where emulator is true.'),
    prefix: name.default('credence').describe('Before the names of all keys, so that installations can share a Redis.'),
    ca: name.optional().describe('A file with the certificates (PEM) to trust in place of the system’s.'),
    certificate: name.optional().describe('A file with the certificate (PEM) to show to a server that asks for one.'),
    certificateKey: name.optional().describe('The file with its private key (PEM).'),
    servername: name.optional().describe('The name that the certificate is for, where it is not the host’s.'),
    rates: z
      .strictObject({
        scan: rate.optional().describe('Windows that begin to be scanned.'),
        commit: rate.optional().describe('Windows that begin to be committed.'),
      })
      .optional()
      .describe('How many windows all processes together may begin to scan or to commit in a time.'),
  })
  .describe('Within the process when absent.')
