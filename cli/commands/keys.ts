import { Command, Option } from 'commander'
import { AppError } from '#core/errors.ts'
import { keysStatus } from '#services/encrypt/key-status.ts'
import type { Keyring } from '#services/encrypt/keyring.ts'
import { findVersion, retireVersion, rewrap, rotateKeys } from '#services/encrypt/rotation.ts'
import { EXIT } from '../exit.ts'
import { describeEpochs, describeRewrap, describeRotation, renderStatus, shortKey } from '../present/keys.ts'
import type { ListFormat } from '../present/lists.ts'
import { lookOf } from '../present/look.ts'
import { visibleLines } from '../present/text.ts'
import type { System } from '../system.ts'
import { configOption, configured, formatOption, withSystem, type ConfigOptions } from './common.ts'

const PROVIDERS = ['local', 'awskms', 'keyvault', 'gcpkms'] as const satisfies readonly Keyring['provider'][]

interface ProviderOptions extends ConfigOptions {
  readonly provider?: Keyring['provider']
}
type Work = (system: System, signal: AbortSignal) => Promise<number>

export function keysCommand(): Command {
  const command = new Command('keys').description('the keys that wrap the keys: status, rotate, rewrap, retire')
  sub(command, 'status', 'versions and epochs, their age, what depends on them, what blocks retirement')
    .option('--objects', 'count the objects of each epoch, which reads every one of them')
    .addOption(formatOption())
    .action((options: ConfigOptions & { format: ListFormat; objects?: boolean }) =>
      opened('status', options, async ({ keys, store }) => {
        const status = await keysStatus({ keys, store, countObjects: options.objects === true })
        process.stdout.write(renderStatus(status, options.format, lookOf(process.stdout, process.env)))
        return status.unreachable.length > 0 ? EXIT.failure : EXIT.clean
      }),
    )
  sub(command, 'rotate', 'a new version of every key; key records are wrapped anew, no object is touched')
    .addOption(providerOption('rotate the key of this service alone'))
    .option('--new-epochs', 'new epoch keys too, for the objects to come')
    .option('--no-rewrap', 'leave the key records under the version that wraps them')
    .option('--dry-run', 'say what would be done')
    .action((options: ProviderOptions & { newEpochs?: boolean; rewrap: boolean; dryRun?: boolean }) =>
      opened('rotate', options, (system, signal) => rotate(system, options, signal)),
    )
  sub(command, 'rewrap', 'bring every key record under the current version: work for each epoch, none for the objects')
    .addOption(providerOption('see to the wraps of this service alone'))
    .option('--dry-run', 'say what would be done')
    .option('--resume <path>', 'go on after this record, as an interrupted run named it')
    .action((options: ProviderOptions & RewrapFlags) =>
      opened('rewrap', options, (system, signal) => doRewrap(system, options, signal)),
    )
  sub(
    command,
    'retire <version>',
    'end a version that nothing depends on any more, as far as its service ends versions',
  )
    .addOption(providerOption('the service whose version it is'))
    .option('--dry-run', 'look whether it could be done')
    .action((version: string, options: ProviderOptions & { dryRun?: boolean }) =>
      opened('retire', options, (system) => retire(system, version, options)),
    )
  return command
}

function sub(command: Command, name: string, description: string): Command {
  return command.command(name).description(description).addOption(configOption())
}

function providerOption(description: string): Option {
  return new Option('--provider <provider>', description).choices(PROVIDERS)
}

function opened(what: string, options: ConfigOptions, work: Work): Promise<void> {
  return withSystem(`credence keys ${what}`, () => configured(options.config), work)
}

/** Key services, and whoever wrote to the store, had a say in some of it. */
function say(text: string): void {
  process.stdout.write(visibleLines(text))
}

function keyringsOf({ keys }: System, provider: Keyring['provider'] | undefined): readonly Keyring[] {
  const chosen =
    provider === undefined ? keys.keyrings : keys.keyrings.filter((keyring) => keyring.provider === provider)
  if (chosen.length > 0) return chosen
  const configured = keys.keyrings.map((keyring) => keyring.provider).join(', ')
  throw new AppError('invalid', `no key of ${provider ?? 'any service'} is configured; there is ${configured}`)
}

async function rotate(
  system: System,
  options: ProviderOptions & { newEpochs?: boolean; rewrap: boolean; dryRun?: boolean },
  signal: AbortSignal,
): Promise<number> {
  const { keys, catalog, actor } = system
  const { newEpochs = false, dryRun = false, provider } = options
  const report = await rotateKeys({
    keys,
    keyrings: keyringsOf(system, provider),
    newEpochs,
    dryRun,
    onProgress: (done) => say(describeRotation(done)),
  })
  say(describeEpochs(report, dryRun))
  for (const { to } of report.keys) {
    if (to === null) continue
    await catalog.audit.append(actor, 'key.rotated', `${to.keyId}/${to.version}`, { epochs: report.epochs.length })
  }
  const failed = report.failed.length > 0 || report.keys.some(({ outcome }) => outcome === 'failed')
  const rewrapped = options.rewrap && !dryRun ? await doRewrap(system, { provider }, signal) : EXIT.clean
  return failed ? EXIT.failure : rewrapped
}

interface RewrapFlags {
  readonly provider?: Keyring['provider'] | undefined
  readonly dryRun?: boolean
  readonly resume?: string
}

async function doRewrap(system: System, flags: RewrapFlags, signal: AbortSignal): Promise<number> {
  const { provider, dryRun = false, resume } = flags
  const progress = process.stderr.isTTY
  let looked = 0
  const report = await rewrap(system.keys, {
    keyrings: keyringsOf(system, provider),
    dryRun,
    signal,
    ...(resume !== undefined && { resume }),
    onProgress: ({ of }) => {
      looked += 1
      if (progress) process.stderr.write(`\r${looked} of ${of} key records${looked === of ? '\n' : ''}`)
    },
  })
  const { records, rewrapped, failed, unreachable } = report
  if (!dryRun) {
    const services = provider ?? system.keys.keyrings.map((keyring) => keyring.provider).join(', ')
    await system.catalog.audit.append(system.actor, 'key.rewrapped', services, {
      records,
      rewrapped,
      failed: failed.length,
    })
  }
  say(describeRewrap(report, dryRun))
  return failed.length + unreachable.length > 0 || signal.aborted ? EXIT.failure : EXIT.clean
}

async function retire(system: System, named: string, options: ProviderOptions & { dryRun?: boolean }): Promise<number> {
  const { keys, catalog, actor } = system
  const { dryRun = false } = options
  const { keyring, version } = await findVersion(keyringsOf(system, options.provider), named)
  const { keyId } = await retireVersion({ keys, keyring, version, dryRun })
  if (!dryRun) await catalog.audit.append(actor, 'key.retired', `${keyId}/${version}`)
  const key = `${keyring.provider}:${shortKey(keyId)}`
  say(
    dryRun
      ? `Version ${version} of ${key} could be retired.\n`
      : `Version ${version} of ${key} is retired: ${ENDS[keyring.provider]}.\n`,
  )
  return EXIT.clean
}

/** What the end of a version means in each service. */
const ENDS: Readonly<Record<Keyring['provider'], string>> = {
  local: 'it is destroyed',
  awskms: 'it is ended',
  keyvault: 'it is disabled, and can be enabled again in the vault',
  gcpkms: 'its destruction is scheduled, and can be called off in the service until then',
}
