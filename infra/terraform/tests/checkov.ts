import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { moduleFolders, TERRAFORM } from './check.ts'

/** `CHECKOV` names the program where it is not in PATH. */
const program = process.env['CHECKOV'] ?? 'checkov'
const SCRIPT = join(import.meta.dirname, 'checkov-folders.py')

/** Why it cannot be run, or null. */
export function checkovMissing(): string | null {
  return python() === null ? 'checkov is not installed: pip install checkov==3.3.30, or name it in CHECKOV' : null
}

/** The Python that the program is run by, which its first lines name. */
function python(): string | null {
  const places = program.includes('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter)
  for (const place of places) {
    try {
      const [, found] =
        /^(?:#!|'''exec' ")(\/[^\s"]*python[^\s"]*)/m.exec(readFileSync(join(place, program), 'utf8')) ?? []
      if (found !== undefined) return found
    } catch {
      continue // it is not there
    }
  }
  return null
}

export interface CheckovReport {
  /** Each in a line: what, where, why. */
  readonly failed: readonly string[]
  readonly skipped: readonly { readonly what: string; readonly reason: string }[]
  readonly passed: number
}

interface Check {
  readonly check_id: string
  readonly check_name: string
  readonly resource: string
  readonly file_path: string
  readonly check_result: { readonly suppress_comment?: string }
}

let reports: Promise<readonly CheckovReport[]> | undefined

/**
 * What checkov finds in one of the folders of Terraform, without a network; severities are not known so: every finding counts as high. The first that
 * is asked for has all of them read.
 */
export async function checkov(folder: string): Promise<CheckovReport> {
  const folders = moduleFolders()
  const whole = folders.map((name) => argumentsOf(join(TERRAFORM, name), 'terraform', []))
  const report = (await (reports ??= reportsOf(whole)))[folders.indexOf(folder)]
  if (report === undefined) throw new Error(`${folder} is no folder of Terraform`)
  return report
}

/** The same over manifests of Kubernetes: a folder of renderings. */
export async function checkovRendering(folder: string): Promise<CheckovReport> {
  const [report] = await reportsOf([argumentsOf(folder, 'kubernetes', NOT_OURS)])
  if (report === undefined) throw new Error(`checkov said nothing of ${folder}`)
  return report
}

/** What checkov asks of manifests and has another answer here. */
const NOT_OURS = [
  'CKV_K8S_11', // a limit of processor time only slows a scan down: memory and storage are limited
  'CKV_K8S_21', // the namespace is the release's: Helm adds it
  'CKV_K8S_35', // passwords are variables since the configuration names them so; a file would have to be read at each connection
  'CKV_K8S_40', // 65532 is high enough: distroless' own user
]

function argumentsOf(folder: string, framework: string, skipped: readonly string[]): readonly string[] {
  return [
    '--directory',
    folder,
    '--framework',
    framework,
    ...(skipped.length === 0 ? [] : ['--skip-check', skipped.join(',')]),
    '--output',
    'json',
    '--compact',
    '--skip-download',
    '--download-external-modules',
    'false',
  ]
}

async function reportsOf(runs: readonly (readonly string[])[]): Promise<CheckovReport[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'credence-checkov-'))
  try {
    const jobs = runs.map((args, at) => [args, join(scratch, `${at}.json`)] as const)
    const said = await new Promise<string>((done, failed) => {
      const child = execFile(python() ?? 'python3', [SCRIPT], { maxBuffer: 2 ** 27 }, (error, _stdout, stderr) => {
        if (error === null) done(stderr)
        else failed(new Error(stderr || error.message))
      })
      child.stdin?.end(JSON.stringify(jobs))
    })
    return jobs.map(([args, file]) => {
      const text = readFileSync(file, 'utf8')
      if (text.trim() === '') throw new Error(`checkov ${args.join(' ')}: ${said}`)
      return reportOf(text)
    })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function reportOf(text: string): CheckovReport {
  const { results, summary } = JSON.parse(text) as {
    results?: { failed_checks?: Check[]; skipped_checks?: Check[]; parsing_errors?: string[] }
    summary?: { passed: number }
  }
  const said = ({ check_id: id, check_name: name, resource, file_path: path }: Check) =>
    `${id} ${resource} (${path}): ${name}`
  return {
    failed: [
      ...(results?.failed_checks ?? []).map(said),
      ...(results?.parsing_errors ?? []).map((path) => `not parsed: ${path}`),
    ],
    skipped: (results?.skipped_checks ?? []).map((check) => ({
      what: said(check),
      reason: check.check_result.suppress_comment ?? '',
    })),
    passed: summary?.passed ?? 0,
  }
}
