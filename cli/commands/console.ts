import { Command, Option } from 'commander'
import { runEmbedded } from '#app/embedded.ts'
import type { Config } from '#app/config/load.ts'
import type { SigningSystem } from '#app/system.ts'
import type { Clients } from '#console/server/access/certificates.ts'
import { startConsole, type ConsoleOptions, type RunningConsole } from '#console/server/start.ts'
import { EXIT, failureLine } from '../exit.ts'
import { configOption, configured, withSigningSystem, type ConfigOptions } from './common.ts'
import { address } from './services.ts'

interface ConsoleCommandOptions extends ConfigOptions {
  readonly http?: { readonly host: string; readonly port: number }
  readonly run?: true
}

export function consoleCommand(): Command {
  return new Command('console')
    .description('review what is held in a browser: prints a link that signs in, once, and serves until it is stopped')
    .addOption(configOption())
    .addOption(
      new Option(
        '--http <[host:]port>',
        'where to listen (default: what the configuration says, else 127.0.0.1 and a free port)',
      ).argParser(address),
    )
    .option('--run', 'also ingest, scan and encrypt what the sources hold, in the same process')
    .action((options: ConsoleCommandOptions) =>
      withSigningSystem(
        'credence console',
        () => configured(options.config),
        (system, signal) => serve(system, signal, options),
      ),
    )
}

/** Where people sign in at a provider there is a second one to ask. */
const RELEASE_ALONE = 20

async function serve(
  system: SigningSystem,
  signal: AbortSignal,
  { http, run }: ConsoleCommandOptions,
): Promise<number> {
  const {
    origin,
    openid,
    http: listens,
    releaseAlone = openid && RELEASE_ALONE,
    webhooks,
    writesContracts,
    mutualTls,
  } = system.config.console ?? {}
  const { emulator } = system.config
  const onDefect = (error: unknown) => void process.stderr.write(failureLine(error))
  await using console = await startConsole(system, {
    ...(http ?? listens ?? { host: '127.0.0.1', port: 0 }),
    origin,
    openid: openid && { ...openid, emulator },
    releaseAlone,
    webhooks: webhooks && { ...webhooks, emulator },
    writesContracts,
    mutualTls: mutualTls && mutualOptions(mutualTls),
    onDefect,
  })
  // where people sign in at a provider, a link in a log would be a way past it
  const another = () => (openid === undefined ? tell(console) : void process.stdout.write(`${console.origin}\n`))
  another()
  // to use a link ends it: who needs another one presses return
  if (process.stdin.isTTY) process.stdin.on('data', another)
  const running = run === true ? runEmbedded(system, { signal }).catch(onDefect) : null
  try {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    await running
  } finally {
    process.stdin.off('data', another)
    process.stdin.pause()
  }
  return EXIT.clean
}

type MutualTlsConfig = NonNullable<NonNullable<Config['console']>['mutualTls']>

function mutualOptions({ http, clients, ...files }: MutualTlsConfig): NonNullable<ConsoleOptions['mutualTls']> {
  const granted: Clients = Object.fromEntries(
    Object.entries(clients).map(([name, { subject, roles }]) => [name, { subject, grants: roles }]),
  )
  return { ...files, ...http, clients: granted }
}

function tell(console: RunningConsole): void {
  const more = process.stdin.isTTY ? ' Return prints another, Ctrl-C stops.' : ''
  process.stdout.write(`${console.link()}\n`)
  process.stderr.write(`Open this link in a browser of this machine: it signs in, once, within five minutes.${more}\n`)
}
