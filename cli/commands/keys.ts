import { Command, Option } from 'commander'
import { AppError } from '#core/errors.ts'
import type { Predicate } from '#core/manifest.ts'
import { keysStatus } from '#services/encrypt/keys/status.ts'
import type { Keyring } from '#services/encrypt/keyring.ts'
import { reencryptDataset } from '#services/encrypt/rekey/reencrypt.ts'
import { findVersion, retireVersion, rewrap, rotateKeys } from '#services/encrypt/rekey/rotation.ts'
import { objectsUnder, shredKey } from '#services/encrypt/rekey/shred.ts'
import { datasetsIn } from '#services/encrypt/chain/verify.ts'
import { EXIT } from '../exit.ts'
import {
  describeEpochs,
  describeReencryption,
  describeRewrap,
  describeRotation,
  renderStatus,
  shortKey,
} from '../print/keys.ts'
import type { ListFormat } from '../print/lists.ts'
import { lookOf } from '#present/look.ts'
import { plural, visibleLines } from '#present/text.ts'
import type { SigningSystem } from '#app/system.ts'
import { configOption, configured, formatOption, withSigningSystem, type ConfigOptions } from './common.ts'

const PROVIDERS = ['local', 'awskms', 'keyvault', 'gcpkms'] as const satisfies readonly Keyring['provider'][]

interface ProviderOptions extends ConfigOptions {
  readonly provider?: Keyring['provider']
}
type Work = (system: SigningSystem, signal: AbortSignal) => Promise<number>

export function keysCommand(): Command {
  const command = new Command('keys').description(
    'the keys that wrap the keys: status, rotate, rewrap, retire, reencrypt, destroy',
  )
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
  sub(command, 'reencrypt', 'write every object anew under the current epoch key: rare, and work for every object')
    .option('--dataset <name>', 'this data set alone')
    .option('--new-epoch', 'make a new epoch key first')
    .option('--dry-run', 'say what would be done')
    .action((options: ConfigOptions & ReencryptFlags) =>
      opened('reencrypt', options, (system, signal) => reencrypt(system, options, signal)),
    )
  sub(command, 'destroy <kid>', 'destroy an epoch key: what is under it is unreadable from then on, for good')
    .option('--dry-run', 'say which objects would become unreadable')
    .option('--yes', 'do it, although objects are under it')
    .action((kid: string, options: ConfigOptions & { dryRun?: boolean; yes?: boolean }) =>
      opened('destroy', options, (system) => destroy(system, kid, options)),
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
  return withSigningSystem(`credence keys ${what}`, () => configured(options.config), work)
}

/** Key services, and whoever wrote to the store, had a say in some of it. */
function say(text: string): void {
  process.stdout.write(visibleLines(text))
}

function keyringsOf({ keys }: SigningSystem, provider: Keyring['provider'] | undefined): readonly Keyring[] {
  const chosen =
    provider === undefined ? keys.keyrings : keys.keyrings.filter((keyring) => keyring.provider === provider)
  if (chosen.length > 0) return chosen
  const configured = keys.keyrings.map((keyring) => keyring.provider).join(', ')
  throw new AppError('invalid', `no key of ${provider ?? 'any service'} is configured; there is ${configured}`)
}

async function rotate(
  system: SigningSystem,
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

async function doRewrap(system: SigningSystem, flags: RewrapFlags, signal: AbortSignal): Promise<number> {
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

async function retire(
  system: SigningSystem,
  named: string,
  options: ProviderOptions & { dryRun?: boolean },
): Promise<number> {
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

interface ReencryptFlags {
  readonly dataset?: string
  readonly newEpoch?: boolean
  readonly dryRun?: boolean
}

async function reencrypt(system: SigningSystem, options: ReencryptFlags, signal: AbortSignal): Promise<number> {
  const { keys, store, vault, chain, catalog, actor } = system
  const { dryRun = false } = options
  const datasets = options.dataset === undefined ? await datasetsIn(store) : [options.dataset]
  let failures = 0
  for (const dataset of datasets) {
    if (signal.aborted) break
    if (options.newEpoch === true && !dryRun) await keys.newEpoch(dataset)
    const progress = process.stderr.isTTY
    const report = await reencryptDataset({
      dataset,
      store,
      keys,
      vault,
      chain,
      settled: (about) => isSettled(catalog, about),
      dryRun,
      signal,
      onProgress: ({ at, of }) => {
        if (progress) process.stderr.write(`\r${dataset}: ${at} of ${of} objects${at === of ? '\n' : ''}`)
      },
    })
    failures += report.failed.length
    const { due, reencrypted, deleted, kid } = report
    if (!dryRun)
      await catalog.audit.append(actor, 'key.reencrypted', `${dataset}/${kid ?? ''}`, { due, reencrypted, deleted })
    say(describeReencryption(report, dryRun))
  }
  return failures > 0 || signal.aborted ? EXIT.failure : EXIT.clean
}

/** Whether the row that a link belongs to says what the link says; a row that is not there is not coming back for it. */
async function isSettled(
  { windows, reviews }: SigningSystem['catalog'],
  { window, review }: Predicate,
): Promise<boolean> {
  if (window !== undefined) return ((await windows.get(window))?.state ?? 'committed') === 'committed'
  return review === undefined || ((await reviews.get(review))?.state ?? 'applied') === 'applied'
}

async function destroy(
  system: SigningSystem,
  kid: string,
  options: { dryRun?: boolean; yes?: boolean },
): Promise<number> {
  const { keys, store, signer, catalog, actor } = system
  const { record, objects } = await objectsUnder(kid, { keys, store })
  if (options.dryRun === true || (objects.length > 0 && options.yes !== true)) {
    for (const { name } of objects) say(`${name}\n`)
    say(
      `${plural(objects.length, 'object')} of ${record.dataset} would become unreadable, for everybody and for good.\n`,
    )
    await keys.destroy(record.dataset, kid, { dryRun: true }) // refuses what destroying would refuse
    if (options.dryRun === true) return EXIT.clean
    throw new AppError(
      'invalid',
      'nothing is destroyed without --yes; credence keys reencrypt brings them under another key',
    )
  }
  const { path, report } = await shredKey({ kid, keys, store, signer, by: actor })
  await catalog.audit.append(actor, 'key.destroyed', `${record.dataset}/${kid}`, { objects: report.subject.length })
  say(
    `Epoch key ${kid} of ${record.dataset} is destroyed, and ${plural(report.subject.length, 'object')} with it. Signed report: ${path}\n`,
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
