import { z } from 'zod'

export const catalogConfig = z
  .strictObject({
    postgres: z
      .string()
      .min(1)
      .describe('postgresql://user:${CREDENCE_POSTGRES_PASSWORD}@host/database; verifies TLS unless emulator is true.'),
    identity: z
      .enum(['aws', 'azure', 'gcp'])
      .optional()
      .describe(
        "Signs in by a token of the process's own identity in that cloud, anew for each connection; no password.",
      ),
    region: z.string().min(1).optional().describe('identity: aws alone: the region of the database.'),
    passwordFile: z
      .string()
      .min(1)
      .optional()
      .describe('A file that holds the password, read for each connection: a password that rotates needs no restart.'),
  })
  .refine(({ identity, passwordFile }) => identity === undefined || passwordFile === undefined, {
    message: 'identity and passwordFile exclude each other',
    path: ['passwordFile'],
  })
  .describe('In the data folder when absent; every process that shares the work needs the same one.')
