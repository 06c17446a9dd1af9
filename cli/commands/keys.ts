import { Command, Option } from 'commander'
import { AppError } from '#core/errors.ts'
import { EXIT } from '../exit.ts'
import {
  describeEpochs,
  describeForgetting,
  describeReencryption,
  describeRewrap,
  describeRotation,
  describeSigningRotation,
  ENDS,
  renderStatus,
  shortKey,
} from '../print/keys.ts'
import { confirmed } from '../print/confirm.ts'
import type { ListFormat } from '../print/lists.ts'
import { lookOf } from '#present/look.ts'
import { plural, visibleLines } from '#present/text.ts'
import {
  checkDestruction,
  destroyKey,
  planDestruction,
  PROVIDERS,
  reencrypt,
  retire,
  rewrapKeys,
  rotate,
  rotateSigning,
  statusOfKeys,
  type Provider,
} from '#app/operations/keys.ts'
import type { UnreadRecord } from '#services/encrypt/keys/stored.ts'
import type { SigningSystem, System } from '#app/system.ts'
import { configOption, configured, formatOption, withSigningSystem, type ConfigOptions } from './common.ts'

interface ProviderOptions extends ConfigOptions {
  readonly provider?: Provider
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
      opened('status', options, async (system) => {
        const unread: UnreadRecord[] = []
        const status = await statusOfKeys(system, options.objects === true, (one) => unread.push(one))
        const shown = { ...status, unread }
        process.stdout.write(renderStatus(shown, options.format, lookOf(process.stdout, process.env)))
        return status.unreachable.length + unread.length > 0 ? EXIT.failure : EXIT.clean
      }),
    )
  sub(command, 'rotate', 'a new version of every key; key records are wrapped anew, no object is touched')
    .addOption(providerOption('rotate the key of this service alone'))
    .option('--new-epochs', 'new epoch keys too, for the objects to come')
    .addOption(
      new Option('--signing', 'another signing key instead: the one before signs no more').conflicts([
        'provider',
        'newEpochs',
        'dryRun',
      ]),
    )
    .option('--no-rewrap', 'leave the key records under the version that wraps them')
    .option('--dry-run', 'say what would be done')
    .action((options: ProviderOptions & RotateFlags) =>
      opened('rotate', options, (system, signal) =>
        options.signing === true ? doRotateSigning(system) : doRotate(system, options, signal),
      ),
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
    .option('-y, --yes', 'do not ask')
    .action((version: string, options: ProviderOptions & RetireFlags) =>
      opened('retire', options, (system) => doRetire(system, version, options)),
    )
  sub(command, 'reencrypt', 'write every object anew under the current epoch key: rare, and work for every object')
    .option('--dataset <name>', 'this dataset alone')
    .option('--new-epoch', 'make a new epoch key first')
    .option('--dry-run', 'say what would be done')
    .action((options: ConfigOptions & ReencryptFlags) =>
      opened('reencrypt', options, (system, signal) => doReencrypt(system, options, signal)),
    )
  sub(command, 'destroy <kid>', 'destroy an epoch key: what is under it is unreadable from then on, for good')
    .option('--dry-run', 'say which objects would become unreadable')
    .option('--yes', 'do it, although objects are under it')
    .option(
      '--keep-versions',
      'do not end the versions that wrapped it: who has a copy of its record may open it again',
    )
    .action((kid: string, options: ConfigOptions & DestroyFlags) =>
      opened('destroy', options, (system) => doDestroy(system, kid, options)),
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

interface RotateFlags {
  readonly newEpochs?: boolean
  readonly rewrap: boolean
  readonly dryRun?: boolean
  readonly signing?: boolean
}

async function doRotateSigning(system: SigningSystem): Promise<number> {
  say(describeSigningRotation(await rotateSigning(system)))
  return EXIT.clean
}

async function doRotate(system: System, options: ProviderOptions & RotateFlags, signal: AbortSignal): Promise<number> {
  const { newEpochs, dryRun = false, provider } = options
  const report = await rotate(system, { provider, newEpochs, dryRun })
  for (const done of report.keys) say(describeRotation(done))
  say(describeEpochs(report, dryRun))
  const failed = report.failed.length > 0 || report.keys.some(({ outcome }) => outcome === 'failed')
  const rewrapped = options.rewrap && !dryRun ? await doRewrap(system, { provider }, signal) : EXIT.clean
  return failed ? EXIT.failure : rewrapped
}

interface RewrapFlags {
  readonly provider?: Provider | undefined
  readonly dryRun?: boolean
  readonly resume?: string
}

async function doRewrap(system: System, flags: RewrapFlags, signal: AbortSignal): Promise<number> {
  const { dryRun = false } = flags
  let looked = 0
  const onProgress = ({ of }: { readonly of: number }) => {
    looked += 1
    if (process.stderr.isTTY) process.stderr.write(`\r${looked} of ${of} key records${looked === of ? '\n' : ''}`)
  }
  const report = await rewrapKeys(system, { ...flags, signal, onProgress })
  say(describeRewrap(report, dryRun))
  return report.failed.length + report.unreachable.length > 0 || signal.aborted ? EXIT.failure : EXIT.clean
}

interface RetireFlags {
  readonly dryRun?: boolean
  readonly yes?: boolean
}

async function doRetire(
  system: System,
  named: string,
  { provider, dryRun = false, yes = false }: ProviderOptions & RetireFlags,
): Promise<number> {
  if (!dryRun && !yes) {
    const due = await retire(system, named, { provider, dryRun: true }) // refuses what retiring would refuse
    const what = `version ${due.version} of ${due.provider}:${shortKey(due.keyId)}`
    if (!(await confirmed(`retire ${what}? Copies of what it wrapped will not open again`))) {
      process.stderr.write('Nothing was changed.\n')
      return EXIT.failure
    }
  }
  const retired = await retire(system, named, { provider, dryRun })
  const key = `${retired.provider}:${shortKey(retired.keyId)}`
  say(
    dryRun
      ? `Version ${retired.version} of ${key} could be retired.\n`
      : `Version ${retired.version} of ${key} is retired: ${ENDS[retired.provider]}.\n`,
  )
  return EXIT.clean
}

interface ReencryptFlags {
  readonly dataset?: string
  readonly newEpoch?: boolean
  readonly dryRun?: boolean
}

async function doReencrypt(system: SigningSystem, options: ReencryptFlags, signal: AbortSignal): Promise<number> {
  const onProgress = ({ dataset, at, of }: { readonly dataset: string; readonly at: number; readonly of: number }) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${dataset}: ${at} of ${of} objects${at === of ? '\n' : ''}`)
  }
  let failures = 0
  for await (const report of reencrypt(system, { ...options, signal, onProgress })) {
    failures += report.failed.length
    say(describeReencryption(report, options.dryRun === true))
  }
  return failures > 0 || signal.aborted ? EXIT.failure : EXIT.clean
}

interface DestroyFlags {
  readonly dryRun?: boolean
  readonly yes?: boolean
  readonly keepVersions?: boolean
}

async function doDestroy(
  system: SigningSystem,
  kid: string,
  { dryRun = false, yes = false, keepVersions = false }: DestroyFlags,
): Promise<number> {
  const plan = await planDestruction(system, kid)
  const { dataset, objects } = plan
  if (dryRun || (objects.length > 0 && !yes)) {
    for (const { name } of objects) say(`${name}\n`)
    say(`${plural(objects.length, 'object')} of ${dataset} would become unreadable, for everybody and for good.\n`)
    say(describeForgetting(plan.versions, keepVersions))
    await checkDestruction(system, plan)
    if (dryRun) return EXIT.clean
    throw new AppError(
      'invalid',
      'nothing is destroyed without --yes; credence keys reencrypt brings them under another key',
    )
  }
  const { path, report, versions } = await destroyKey(system, plan, { keepVersions })
  say(
    `Epoch key ${kid} of ${dataset} is destroyed, and ${plural(report.subject.length, 'object')} with it. Signed report: ${path}\n`,
  )
  say(describeForgetting(versions, keepVersions))
  return versions.some(({ outcome }) => outcome === 'failed') ? EXIT.failure : EXIT.clean
}
