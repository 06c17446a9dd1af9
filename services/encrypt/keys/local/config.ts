import { z } from 'zod'

export const localConfig = z.strictObject({
  passphrase: z
    .string()
    .min(8)
    .optional()
    .describe(
      'From the environment, such as ${CREDENCE_PASSPHRASE}. Seals the local keyring; when absent, a key file with ' +
        'mode 0600 in the data folder does.',
    ),
})
