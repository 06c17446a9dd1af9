import { Command } from 'commander'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, extname, join, relative, resolve } from 'node:path'
import { stringify } from 'yaml'
import type { Inference } from '#services/ingest/infer/inference.ts'
import { inferred } from './inferred.ts'
import { EXIT, ExitError } from '../exit.ts'
import { plural, visible } from '#present/text.ts'
import { whyUnwritable } from '#runtime/process/unwritable.ts'

interface InitOptions {
  readonly label?: string
  readonly contributor?: string
  readonly name?: string
  readonly out: string
}

export function initCommand(): Command {
  return new Command('init')
    .description('look at a file or a folder and write a short configuration and a contract for it')
    .argument('<path>', 'the data')
    .option('--label <field>', 'the field with the label')
    .option('--contributor <field>', 'the field that says who a record came from')
    .option('--name <dataset>', 'what to call the dataset (default: after the path)')
    .option('--out <folder>', 'where to write credence.yaml and the contract', '.')
    .action(init)
}

async function init(path: string, options: InitOptions): Promise<void> {
  const { label, contributor } = options
  const found = await inferred(path, { label, contributor })
  const name = options.name ?? nameOf(path)
  const contractFile = `${name}.contract.yaml`
  const root = relative(options.out, path) || '.'
  const source = found.path === undefined ? slashed(root) : { root: slashed(root), path: found.path }
  const config = { version: 1, datasets: { [name]: { source, contract: `./${contractFile}` } } }
  const configFile = join(options.out, 'credence.yaml')
  const elsewhere = configFile === 'credence.yaml' ? '' : ` --config ${configFile}`
  await makeFolder(options.out)
  await create(configFile, `# credence run does the job; credence lint checks this file.\n${stringify(config)}`)
  await create(join(options.out, contractFile), contractText(found))
  const { sampled, unreadable, notes, contract } = found
  process.stdout.write(
    [
      `${plural(sampled, 'record')} looked at${unreadable > 0 ? `, ${unreadable} unreadable` : ''}: ${contract.features.kind} data` +
        `${contract.label === undefined ? '' : `, label ${visible(contract.label)}`}.`,
      ...notes.map(visible),
      `Wrote ${configFile} and ${join(options.out, contractFile)}. Next: credence run${elsewhere}`,
      '',
    ].join('\n'),
  )
}

/** One level and no more: a longer path that is not there is a slip of the hand. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (cause) {
    if (errnoOf(cause) !== 'EEXIST') throw unwritable(path, cause)
  }
}

/** Never over a file that is there. */
async function create(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' })
  } catch (cause) {
    if (errnoOf(cause) !== 'EEXIST') throw unwritable(path, cause)
    throw new ExitError(EXIT.failure, `${path} is there already: move it away, or write elsewhere with --out`, {
      cause,
    })
  }
}

function unwritable(path: string, cause: unknown): ExitError {
  const said = `${path} cannot be written, for ${whyUnwritable(cause)}, or write elsewhere with --out`
  return new ExitError(EXIT.failure, said, { cause })
}

function errnoOf(cause: unknown): string | undefined {
  return (cause as NodeJS.ErrnoException).code
}

function contractText({ contract, sampled }: Inference): string {
  const head = `# Inferred from ${plural(sampled, 'record')}: a proposal to read and tighten. What breaks it becomes a dead letter.\n`
  return head + stringify(contract)
}

/** A dataset's name from a path: letters, digits and dashes. */
function nameOf(path: string): string {
  const whole = resolve(path) // of `.` too, which has no name of its own
  const stem = basename(whole, extname(whole)).toLowerCase()
  const name = stem.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '')
  return name === '' ? 'data' : name.slice(0, 63)
}

function slashed(path: string): string {
  const unix = path.replaceAll('\\', '/')
  return unix.startsWith('.') || unix.startsWith('/') ? unix : `./${unix}`
}
