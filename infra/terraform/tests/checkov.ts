import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { TERRAFORM } from './check.ts'

/** `CHECKOV` names the program where it is not in PATH. */
const program = process.env['CHECKOV'] ?? 'checkov'

/** Why it cannot be run, or null. */
export function checkovMissing(): string | null {
  return spawnSync(program, ['--version']).status === 0
    ? null
    : 'checkov is not installed: pip install checkov==3.3.30, or name it in CHECKOV'
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

/** Runs checkov over a folder without a network; severities are not known so: every finding counts as high. */
export function checkov(folder: string): Promise<CheckovReport> {
  return report(join(TERRAFORM, folder), 'terraform', [])
}

/** The same over manifests of Kubernetes: a folder of renderings. */
export function checkovRendering(folder: string): Promise<CheckovReport> {
  return report(folder, 'kubernetes', NOT_OURS)
}

/** What checkov asks of manifests and has another answer here. */
const NOT_OURS = [
  'CKV_K8S_11', // a limit of processor time only slows a scan down: memory and storage are limited
  'CKV_K8S_21', // the namespace is the release's: Helm adds it
  'CKV_K8S_35', // passwords are variables since the configuration names them so; a file would have to be read at each connection
  'CKV_K8S_40', // 65532 is high enough: distroless' own user
]

async function report(folder: string, framework: string, skipped: readonly string[]): Promise<CheckovReport> {
  const args = [
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
  const text = await new Promise<string>((done, failed) => {
    execFile(program, args, { maxBuffer: 2 ** 27 }, (error, stdout, stderr) => {
      if (stdout.trim() === '' && error !== null) failed(new Error(stderr || error.message))
      else done(stdout)
    })
  })
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
