import { z } from 'zod'

const text = z.string().min(1)
const positive = z.number().positive()

/** Whether text is an origin as a browser writes it: nothing after the port, no wildcard, and without TLS only this machine. */
function isOrigin(given: string): boolean {
  const url = URL.parse(given)
  if (url === null || url.origin !== given) return false
  return url.protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
}

/** Rounds of federated learning: their subject, who may take part, and when they end. */
export const federationConfig = z
  .strictObject({
    model: text.describe('The file with the model that the federation begins with: little-endian doubles.'),
    aggregate: z
      .enum(['masked', 'judged'])
      .default('masked')
      .describe(
        'masked: the aggregator sees a sum alone. judged: it sees every update, and decides which of them count.',
      ),
    rounds: z.int().min(1).max(1_000_000).default(100).describe('The federation is finished after so many rounds.'),
    listen: z
      .strictObject({
        host: text.default('127.0.0.1').describe('The address to listen at; 0.0.0.0 is all of the machine.'),
        port: z.int().min(0).max(65_535).default(7443).describe('0 takes a free one.'),
        certificate: text.optional().describe('The file with the certificate of this host and those above it, in PEM.'),
        key: text.optional().describe('The file with the private key of the certificate, in PEM.'),
        clients: text
          .optional()
          .describe(
            'The file with the authority, in PEM, whose certificates clients have to show, each with its own name.',
          ),
        origins: z
          .array(z.string().refine(isOrigin, 'an origin: https://host, with its port where it has one'))
          .default([])
          .describe('Origins whose pages may call, for clients in browsers; none when absent.'),
      })
      .prefault({})
      .describe('Where clients call.'),
    minimum: z.int().min(3).max(4096).default(3).describe('The fewest clients whose updates become one.'),
    gatherSeconds: positive
      .max(86_400)
      .default(30)
      .describe('Once the fewest clients are there, a round waits so long for the others.'),
    stageSeconds: positive
      .max(86_400)
      .default(120)
      .describe('How long each stage of a round waits for its clients, training included.'),
    weightCap: z.int().min(1).max(65_535).default(1).describe('The most that one client counts for.'),
    range: positive
      .default(4)
      .describe('Masked numbers lie within this range of 0; what lies outside saturates, and is counted.'),
    bits: z.int().min(2).max(24).default(20).describe('Bits that a masked number is quantised to.'),
    sketch: z
      .int()
      .min(8)
      .max(8192)
      .refine((cells) => Math.log2(cells) % 1 === 0, 'a power of two')
      .optional()
      .describe(
        'masked: each client signs a sketch of so many numbers of its update once all are masked, and whoever stands out by it is left out of the sum; a power of two, 256 is a good one. None when absent.',
      ),
    clip: z
      .number()
      .min(0)
      .default(0)
      .describe('The longest that an update may be: clients shorten what is longer. 0: no bound.'),
    privacy: z
      .strictObject({
        noise: positive.describe('Deviation of the noise in a sum over `minimum` clients, in lengths of `clip`.'),
        epsilon: positive.describe('The budget: no round is begun that would spend more.'),
        delta: z.number().gt(0).lt(1).describe('The δ that ε is reckoned at.'),
      })
      .optional()
      .describe('Noise that clients add before their updates are masked; none when absent.'),
    attackers: z
      .number()
      .min(0)
      .max(0.45)
      .default(0.2)
      .describe('judged, and masked with sketches: the share of clients that may be poisoning.'),
    mlflow: z
      .strictObject({
        url: z
          .url({ protocol: /^https?$/ })
          .describe('Where MLflow’s tracking server is, as its own clients have it in MLFLOW_TRACKING_URI.'),
        name: z
          .string()
          .regex(/^[\w .-]+$/)
          .optional()
          .describe('The registered model that each model becomes a version of; the federation’s name when absent.'),
      })
      .optional()
      .describe(
        'MLflow’s model registry is told of each model that a round makes; credentials come from MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.',
      ),
    gate: text
      .optional()
      .describe(
        'A module of yours: its default export takes the next model and the one before, and says why not in a sentence, or null.',
      ),
  })
  .refine(({ aggregate, privacy }) => privacy === undefined || aggregate === 'masked', {
    path: ['privacy'],
    error: 'noise is added to masked updates alone: take it away, or set `aggregate: masked`',
  })
  .refine(
    ({ aggregate, privacy, sketch }) => sketch === undefined || (aggregate === 'masked' && privacy === undefined),
    {
      path: ['sketch'],
      error: 'sketches are of masked updates, and tell more than noise hides: take `sketch` away, or `privacy`',
    },
  )
  .refine(
    ({ weightCap, clip, range, sketch }) => sketch === undefined || (weightCap === 1 && clip > 0 && clip <= range),
    {
      path: ['sketch'],
      error: 'sketches need one client one vote and a bound: `weightCap: 1`, and a `clip` within the `range`',
    },
  )
  .refine(({ privacy, clip }) => privacy === undefined || clip > 0, {
    path: ['clip'],
    error: 'noise without a clip hides nobody: set `clip` above 0',
  })
  .refine(({ listen: { certificate, key } }) => (certificate === undefined) === (key === undefined), {
    path: ['listen'],
    error: 'a certificate and its key come together',
  })
  .refine(({ listen: { certificate, clients } }) => clients === undefined || certificate !== undefined, {
    path: ['listen', 'clients'],
    error: 'clients show certificates over TLS alone: set `certificate` and `key`',
  })
  .refine(({ listen: { clients, origins } }) => clients === undefined || origins.length === 0, {
    path: ['listen', 'origins'],
    error: 'a browser asks without a certificate whether its page may call: take `origins` away, or `clients`',
  })
export type FederationConfig = z.output<typeof federationConfig>
