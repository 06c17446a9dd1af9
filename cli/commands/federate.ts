import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { serveFederation } from '#app/federate/serve.ts'
import { federationOf } from '#app/federate/federation.ts'
import {
  campaignsOfClients,
  checkEnrolled,
  clearClients,
  enrolClient,
  exportModel,
  heldClients,
  peersOf,
  verifyFederation,
} from '#app/operations/federations.ts'
import type { SigningSystem } from '#app/system.ts'
import { AppError } from '#core/errors.ts'
import { lookOf, type Look } from '#present/look.ts'
import { count, plural, safeJson } from '#present/text.ts'
import { EXIT, ExitError } from '../exit.ts'
import {
  renderCampaign,
  renderClientRounds,
  renderHeldClients,
  renderParticipants,
  renderRoundClients,
  renderRounds,
} from '../print/federations.ts'
import type { ListFormat } from '../print/lists.ts'
import { configOption, configured, formatOption, withSigningSystem, type ConfigOptions } from './common.ts'
import { serveWith, withServiceOptions, type ServiceOptions } from './services.ts'

interface FederationOptions extends ConfigOptions {
  readonly federation?: string
  readonly format: ListFormat
  readonly reason: string
  readonly out?: string
}

type Work = (system: SigningSystem, name: string, options: FederationOptions) => Promise<number>

const STATES = {
  suspend: ['suspended', 'ask a client no more, until it is resumed'],
  resume: ['enrolled', 'ask a suspended client again'],
  revoke: ['revoked', 'let a client in no more: its key was stolen, or it has left'],
} as const

/** `credence federate`: rounds of federated learning, and who takes part in them. */
export function federateCommand(): Command {
  const command = new Command('federate').description('train one model over many owners’ data, of which none is seen')
  withServiceOptions(command.command('serve'))
    .description('the aggregator, until all rounds are done or it is told to stop')
    .option('--federation <name>', 'where the configuration has several')
    .action((options: ServiceOptions & FederationOptions) =>
      serveWith('federate serve', options, (system, { signal, health }) =>
        serveFederation(system, nameIn(system, options), {
          signal,
          health,
          onListening: (port) => process.stderr.write(`Clients are answered at port ${port}.\n`),
        }),
      ),
    )
  on(
    command,
    'enrol <client> <key>',
    'let a client take part: its public key in hex, or a file with it in PEM',
    (client, key) => async (system, name) => {
      await enrolClient(system, name, client, existsSync(key) ? readFileSync(key, 'utf8') : key)
      process.stdout.write(`${client} takes part in ${name} from the next round on. Give all clients the new peers.\n`)
      return EXIT.clean
    },
  )
  for (const [action, [state, says]] of Object.entries(STATES)) {
    on(command, `${action} <client>`, says, (client) => async ({ catalog }, name, { reason }) => {
      await catalog.federations.setState(name, client, state, reason)
      process.stdout.write(`${client} is ${state} in ${name}.\n`)
      return EXIT.clean
    }).requiredOption('--reason <text>', 'why, for the audit log')
  }
  on(
    command,
    'clear <clients...>',
    'let held clients be: nothing was wrong with their updates',
    (...clients) =>
      async (system, name, { reason }) => {
        const rounds = await clearClients(system, name, clients, reason)
        const are = clients.length === 1 ? 'is' : 'are'
        process.stdout.write(
          `${clients.join(', ')} ${are} held for nothing any more: ${plural(rounds, 'round')} cleared.\n`,
        )
        return EXIT.clean
      },
  ).requiredOption('--reason <text>', 'why, for the audit log')
  listing(command, 'list', 'who is enrolled', async ({ catalog }, name, { format }) =>
    renderParticipants(await catalog.federations.participants(name), format, look()),
  )
  listing(command, 'rounds', 'how the rounds ended, the newest first', async ({ catalog }, name, { format }) =>
    renderRounds(await catalog.federations.rounds(name), format, look()),
  )
  listing(command, 'held', 'whose updates are held, and why', async (system, name, { format }) =>
    [
      renderHeldClients(await heldClients(system, name), format, look()),
      ...(format === 'table' ? (await campaignsOfClients(system, name)).map(renderCampaign) : []),
    ].join(''),
  )
  on(
    command,
    'history <client>',
    'what became of one client’s updates, round by round, with its risk',
    (client) =>
      async ({ catalog }, name, { format }) => {
        await checkEnrolled({ catalog }, name, client)
        process.stdout.write(renderClientRounds(await catalog.federations.history(name, client), format, look()))
        return EXIT.clean
      },
  ).addOption(formatOption())
  on(
    command,
    'show <round>',
    'what became of each client’s update in a round',
    (text) =>
      async ({ catalog }, name, { format }) => {
        const round = roundOf(text)
        const row = (await catalog.federations.rounds(name)).find((one) => one.round === round)
        if (row === undefined) throw new AppError('not_found', `${name} had no round ${round}`)
        if (format === 'table') process.stdout.write(renderRounds([row], format, look()))
        process.stdout.write(renderRoundClients(await catalog.federations.clients(name, round), format, look()))
        return EXIT.clean
      },
  ).addOption(formatOption())
  on(
    command,
    'model <round>',
    'write the model that a round made to a file: what a federation that begins again begins with',
    (text) =>
      async (system, name, { out }) => {
        const file = resolve(out ?? `${name}-${text}.f64`)
        const { values, sha256 } = await exportModel(system, name, roundOf(text), (model) => create(file, model))
        process.stdout.write(`${file}: ${count(values.length)} numbers, sha256 ${sha256}\n`)
        return EXIT.clean
      },
  ).option('--out <file>', 'a file that is not there yet (default: <federation>-<round>.f64)')
  on(
    command,
    'peers',
    'what clients are configured with: the keys of the aggregator and of each other',
    () => async (system, name) => {
      process.stdout.write(`${safeJson(await peersOf(system, name), 2)}\n`)
      return EXIT.clean
    },
  )
  on(
    command,
    'verify',
    'replay every round: links, models, and what its clients signed',
    () => async (system, name) => {
      const { rounds, committed, proven, model, problems } = await verifyFederation(system, name)
      process.stdout.write(
        `${name}: ${plural(rounds, 'round')}, ${committed} committed, ${proven} proven by their clients’ signatures; the model is ${model ?? 'not there yet'}\n`,
      )
      for (const { code, message } of problems) process.stdout.write(`  ${code}: ${message}\n`)
      return problems.length === 0 ? EXIT.clean : EXIT.findings
    },
  )
  return command
}

/** Never over a file that is there. */
async function create(file: string, model: Float64Array): Promise<void> {
  try {
    await writeFile(file, model, { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    throw new ExitError(EXIT.failure, `${file} is there already: move it away, or name another with --out`, { cause })
  }
}

function roundOf(text: string): number {
  const round = Number(text)
  if (!Number.isInteger(round) || round < 0)
    throw new ExitError(EXIT.usage, `expected the number of a round, and not ${safeJson(text)}`)
  return round
}

function on(command: Command, usage: string, says: string, work: (...given: string[]) => Work): Command {
  const [verb] = usage.split(' ')
  const own = command
    .command(usage)
    .description(says)
    .addOption(configOption())
    .option('--federation <name>', 'where the configuration has several')
  return own.action((...given: unknown[]) => {
    const options = own.opts<FederationOptions>()
    const named = given.flat().filter((one) => typeof one === 'string')
    return withSigningSystem(
      `credence federate ${verb}`,
      () => configured(options.config),
      (system) => work(...named)(system, nameIn(system, options), options),
    )
  })
}

function listing(
  command: Command,
  verb: string,
  says: string,
  render: (system: SigningSystem, name: string, options: FederationOptions) => Promise<string>,
): void {
  on(command, verb, says, () => async (system, name, options) => {
    process.stdout.write(await render(system, name, options))
    return EXIT.clean
  }).addOption(formatOption())
}

/** The one that is meant. Throws `invalid` where the configuration has none or several, and `not_found`. */
function nameIn(system: SigningSystem, { federation }: Pick<FederationOptions, 'federation'>): string {
  const names = Object.keys(system.config.federations)
  const name = federation ?? (names.length === 1 ? names[0] : undefined)
  if (name === undefined) {
    const message =
      names.length === 0
        ? 'the configuration has no federations'
        : `several federations: name one of ${names.join(', ')}`
    throw new AppError('invalid', message)
  }
  federationOf(system, name)
  return name
}

function look(): Look {
  return lookOf(process.stdout, process.env)
}
