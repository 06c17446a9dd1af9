import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * One emulator as a process of its own: `node emulators/main.ts <name> '<its options as JSON>'`. Says where it is, as a line
 * of JSON on standard output, and runs until it is told to stop. With a `folder` it may be killed, and started again on it.
 */
const EMULATORS: Readonly<Record<string, () => Promise<(options: never) => Promise<Started>>>> = {
  adls: async () => (await import('./adls.ts')).startAdls,
  'aws-kms': async () => (await import('./aws-kms.ts')).startAwsKms,
  bigquery: async () => (await import('./bigquery.ts')).startBigQuery,
  eventhubs: async () => (await import('./eventhubs.ts')).startEventHubs,
  'gcp-kms': async () => (await import('./gcp-kms.ts')).startGcpKms,
  gcs: async () => (await import('./gcs.ts')).startGcs,
  kinesis: async () => (await import('./kinesis.ts')).startKinesis,
  keyvault: async () => (await import('./keyvault.ts')).startKeyVault,
  pubsub: async () => (await import('./pubsub.ts')).startPubSub,
  s3: async () => (await import('./s3.ts')).startS3,
}

interface Started {
  readonly endpoint: string
  /** PEM of the authority that clients have to trust. */
  readonly ca?: string
  close(): Promise<void>
}

const [name = '', options = '{}'] = process.argv.slice(2)
const load = EMULATORS[name]
if (load === undefined) throw new Error(`no emulator ${name}: there are ${Object.keys(EMULATORS).join(', ')}`)
const parsed = JSON.parse(options) as { folder?: string }
const start = await load()
const emulator = await start(parsed as never)
if (emulator.ca !== undefined && parsed.folder !== undefined) writeFileSync(join(parsed.folder, 'ca.pem'), emulator.ca)
process.stdout.write(`${JSON.stringify({ name, endpoint: emulator.endpoint })}\n`)
// `disconnect`: whoever started it, with a channel between them, is gone
for (const end of ['SIGTERM', 'SIGINT', 'disconnect'] as const) {
  process.once(end, () => void emulator.close().finally(() => process.exit(0)))
}
