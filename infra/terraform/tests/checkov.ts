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
export async function checkov(folder: string): Promise<CheckovReport> {
  const args = [
    '--directory',
    join(TERRAFORM, folder),
    '--framework',
    'terraform',
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
