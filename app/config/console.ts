import { z } from 'zod'

const grant = z.strictObject({
  role: z
    .enum(['viewer', 'reviewer', 'operator', 'auditor', 'admin'])
    .describe('docs/console.md says what each may do.'),
  datasets: z
    .array(z.string().min(1))
    .min(1)
    .nullable()
    .default(null)
    .describe('Over these datasets alone; over every one when absent.'),
  contributors: z
    .array(z.string().min(1))
    .min(1)
    .nullable()
    .optional()
    .describe(
      'Over held records of these contributors alone, and nothing that is counted over a dataset; every one when absent.',
    ),
  sensitivities: z
    .array(z.string().min(1))
    .min(1)
    .nullable()
    .optional()
    .describe('The same by what the field says that the contract names as `sensitivity`.'),
})

export const consoleConfig = z
  .strictObject({
    http: z
      .strictObject({
        host: z
          .string()
          .min(1)
          .default('127.0.0.1')
          .describe('The address to listen at; 0.0.0.0 is all of the machine.'),
        port: z.int().min(0).max(65_535).describe('0 takes a free one.'),
      })
      .optional()
      .describe('Where the console listens; 127.0.0.1 and a free port when absent.'),
    origin: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('The address that browsers have for it, such as https://console.example.org.'),
    openid: z
      .strictObject({
        issuer: z.url({ protocol: /^https?$/ }).describe('The provider, https:// unless emulator is true.'),
        clientId: z.string().min(1).describe('The name that the provider knows the console by.'),
        clientSecret: z.string().min(1).optional().describe('From a variable: ${CREDENCE_OPENID_SECRET}.'),
        claim: z.string().min(1).default('groups').describe('The claim that says what somebody is.'),
        roles: z
          .record(z.string().min(1), z.array(grant).min(1))
          .describe('What each value of the claim may do; who has none of them is not let in.'),
        stepUp: z
          .strictObject({
            acr: z.array(z.string().min(1)).min(1).describe('Classes of authentication, as the provider names them.'),
            minutes: z.int().min(1).max(720).default(15).describe('How long it counts.'),
          })
          .optional()
          .describe(
            'A second factor for keys, large releases, tokens, webhooks and roles; none is asked for when absent.',
          ),
      })
      .optional()
      .describe('Sign-in at a provider of OpenID Connect, beside links.'),
    mutualTls: z
      .strictObject({
        http: z
          .strictObject({
            host: z.string().min(1).default('127.0.0.1').describe('The address to listen at.'),
            port: z.int().min(0).max(65_535).describe('0 takes a free one.'),
          })
          .describe('Where it listens.'),
        origin: z
          .url({ protocol: /^https$/ })
          .optional()
          .describe(
            'The address that programs have for it, such as https://console.internal:8443; host and port when absent.',
          ),
        certificate: z.string().min(1).describe('The certificate that the console shows, a PEM file.'),
        key: z.string().min(1).describe('Its key, a PEM file.'),
        authority: z.string().min(1).describe('Who signs the certificates of programs, a PEM file.'),
        revoked: z
          .string()
          .min(1)
          .optional()
          .describe(
            'Certificates that the authority revoked: its list, a PEM file, which is taken up when it changes.',
          ),
        clients: z
          .record(
            z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/),
            z.strictObject({
              subject: z
                .record(z.string().min(1), z.string().min(1))
                .refine((subject) => Object.keys(subject).length > 0, 'names at least one attribute, such as CN')
                .describe('All attributes of the certificate’s subject, such as { CN: nightly, O: Example }.'),
              roles: z.array(grant).min(1).describe('What it may do.'),
            }),
          )
          .describe('Programs by the name that the audit log has for them; who is none of them is not let in.'),
      })
      .optional()
      .describe('A listener for programs that sign in by certificates; none when absent.'),
    webhooks: z
      .strictObject({
        hosts: z
          .array(z.string().regex(/^[a-z0-9.-]+(?::\d{1,5})?$/))
          .min(1)
          .describe('Where webhooks may go, such as hooks.example.org: to no other host, whoever asks.'),
      })
      .optional()
      .describe('Who may be told of what the audit log gains; nobody when absent.'),
    writesContracts: z
      .boolean()
      .default(false)
      .describe(
        'Whether a contract draft that is published is written into its file; when false the console shows what to change where the file is kept.',
      ),
    decideWithinHours: z
      .int()
      .min(1)
      .max(8760)
      .optional()
      .describe(
        'How long a held record may wait for a decision before the console calls it overdue; for ever when absent.',
      ),
    releaseAlone: z
      .int()
      .min(0)
      .optional()
      .describe(
        'Records that one person may release at once; more of them, or all of a campaign, wait for a second person. With openid 20 when absent, else no limit.',
      ),
  })
  .describe('The review console.')
