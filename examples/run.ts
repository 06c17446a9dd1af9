import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join, relative, resolve } from 'node:path'
import { Argument, Command, InvalidArgumentError } from 'commander'
import { EXIT, describeFailure } from '#cli/exit.ts'
import { paint } from '#present/look.ts'
import { count } from '#present/text.ts'
import { createLifecycle } from '#runtime/process/lifecycle.ts'
import { Children, type Environment } from './support/children.ts'
import type { RunningCloud } from './support/cloud.ts'
import { CLOUD_NAMES, CLOUDS, type CloudName } from './support/clouds.ts'
import { DATASETS, readDay, type Dataset } from './support/day.ts'
import { portsOf } from './support/ports.ts'
import { facts, heading, look, objectsByZone, prompt, say, size } from './support/say.ts'
import { truthOf } from './support/truth.ts'

/** One of the three examples from an empty folder to its end: streams, bucket and key; the poisoned day; `credence run`. */
interface Options {
  readonly folder?: string
  readonly fresh?: boolean
  readonly day?: boolean
  readonly share: number
  readonly idle?: number
  readonly stay?: boolean
}

const PORTS = 6
const WIDEST = Math.max(...DATASETS.map((name) => name.length))
const FORMATS: Readonly<Record<Dataset, string>> = { digits: 'Avro', mail: 'JSON', strikes: 'JSON' }

const program = new Command('example')
  .description('the demo’s poisoned day through a cloud’s stream, store and keys, all of it on this machine')
  .addArgument(new Argument('<cloud>').choices([...CLOUD_NAMES]))
  .option('--folder <folder>', 'where it lives (default: credence-example-<cloud>)')
  .option('--fresh', 'begin again from nothing')
  .option('--day', 'all 40,000 digits of the day; without it, the 10,000 of 10:00 and 11:00')
  .option('--share <share>', 'of every delivery, only so much, from its beginning', share, 1)
  .option('--idle <seconds>', 'for how long nothing is to come before it ends', Number)
  .option('--stay', 'leave the emulators up at the end, for other commands, until Ctrl-C')
  .action(async (cloud: CloudName, options: Options) => {
    const lifecycle = createLifecycle({ onFatal: fail })
    process.exitCode = await lifecycle.run((signal) => runExample(cloud, options, signal))
  })

try {
  await program.parseAsync()
} catch (error) {
  fail(error)
  process.exitCode = EXIT.failure
}

async function runExample(name: CloudName, options: Options, signal: AbortSignal): Promise<number> {
  const folder = resolve(options.folder ?? `credence-example-${name}`)
  const place = relative(process.cwd(), folder)
  const cloud = await CLOUDS[name]()
  heading(cloud.title)
  say(`Everything runs on this machine, in ${place}/: ${cloud.stands}.`)
  if (options.fresh === true || !existsSync(join(folder, 'published.json'))) clear(folder)
  mkdirSync(folder, { recursive: true })

  await using children = new Children(folder, signal)
  await using running = await cloud.start({ folder, children, ports: await portsOf(folder, PORTS) })
  if (existsSync(join(folder, 'published.json'))) {
    heading('The streams hold what was sent before; nothing is sent twice')
    facts(JSON.parse(readFileSync(join(folder, 'published.json'), 'utf8')) as [string, string][])
  } else await publish(running, { ...options, cloud: name, folder, signal })

  const config = join('examples', name, 'credence.yaml')
  const environment = { ...running.environment, ...settings(folder) }
  writeFileSync(join(folder, 'environment'), shellLines(environment), { mode: 0o600 })
  say(`\n${paint(look, 'dim', '$')} set -a; . ${place}/environment; set +a`)
  const credence = async (...args: string[]): Promise<number> => {
    signal.throwIfAborted()
    prompt(`npx credence ${args.filter((arg) => !arg.includes('planted')).join(' ')}`)
    return await children.credence(args, environment)
  }
  const checked = await credence('check', '-c', config)
  const idle = String(options.idle ?? cloud.idleSeconds)
  const truth = `--planted=${join(place, 'planted.json')}`
  const ran = await credence('run', '-c', config, '--until-idle', idle, truth)
  if (signal.aborted || (ran !== EXIT.clean && ran !== EXIT.findings)) return ran

  heading(`What is where: ${running.bucket}`)
  say(await objectsByZone(running.objects()))
  const more = await running.facts?.()
  if (more !== undefined) facts(more)
  const looked = [await credence('keys', 'status', '-c', config), await credence('verify', '-c', config)]
  if (options.stay === true) await stay(place, signal)
  else say(`\nThe emulators are stopped. ${paint(look, 'accent', `npm run example:${name} -- --stay`)} leaves them up.`)
  // Warnings are advice on the emulated services; what fails is a defect.
  return Math.max(checked, ...looked) >= EXIT.failure ? EXIT.failure : EXIT.clean
}

interface Publishing extends Options {
  readonly cloud: CloudName
  readonly folder: string
  readonly signal: AbortSignal
}

async function publish(running: RunningCloud, options: Publishing): Promise<void> {
  const { cloud, folder, signal, day: whole = false } = options
  heading('Made once, by the official SDKs')
  facts(await running.create())
  heading('Sent')
  const schema = join(import.meta.dirname, cloud, 'digit.avsc')
  const day = await readDay(folder, schema, { digitHours: whole ? [8, 15] : [10, 11], share: options.share })
  const sent: Record<Dataset, ReadonlyMap<string, string>> = { digits: new Map(), mail: new Map(), strikes: new Map() }
  const told: [string, string][] = []
  for (const dataset of DATASETS) {
    signal.throwIfAborted()
    const messages = day.messages[dataset]
    const ids = await running.publish(dataset, messages)
    sent[dataset] = new Map(messages.map(({ item }, i) => [item, ids[i] ?? '']))
    const bytes = messages.reduce((sum, message) => sum + message.bytes.length, 0)
    const part = dataset === 'digits' && !whole ? ' (10:00 and 11:00; --day sends all 40,000)' : ''
    told.push([dataset, `${count(messages.length)} messages, ${size(bytes)} of ${FORMATS[dataset]}${part}`])
    facts([[dataset.padEnd(WIDEST), told.at(-1)?.[1] ?? '']])
  }
  await running.settle?.()
  writeFileSync(join(folder, 'planted.json'), JSON.stringify(truthOf(day.truth, sent)))
  // last: what was interrupted before begins again from nothing
  writeFileSync(join(folder, 'published.json.part'), JSON.stringify(told))
  renameSync(join(folder, 'published.json.part'), join(folder, 'published.json'))
}

/** What is the same in every cloud. */
function settings(folder: string): Environment {
  return {
    CREDENCE_EMULATOR: 'true',
    CREDENCE_DATA: join(folder, 'data'),
  }
}

function shellLines(environment: Environment): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`)
    .join('')
}

async function stay(place: string, signal: AbortSignal): Promise<void> {
  heading('The emulators stay up until Ctrl-C')
  say(`In another shell: set -a; . ${place}/environment; set +a; and any command of Credence.`)
  if (!signal.aborted) await once(signal, 'abort')
}

/** Removes an example, and nothing that is none. */
function clear(folder: string): void {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return
  if (!existsSync(join(folder, 'ports.json'))) throw new Error(`${folder} holds something else: name another --folder`)
  rmSync(folder, { recursive: true })
}

function share(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError('expected a share, such as 0.1')
  return value
}

function fail(error: unknown): void {
  process.stderr.write(`${describeFailure(error).message}\n`)
}
