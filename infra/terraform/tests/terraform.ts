import { spawnSync } from 'node:child_process'

/** Why no module can be evaluated or formatted, or null. */
export function terraformMissing(): string | null {
  const { status, stdout } = spawnSync('terraform', ['version', '-json'], { encoding: 'utf8' })
  if (status !== 0) return 'terraform is not installed: version 1.11 or newer is needed'
  const { terraform_version: version } = JSON.parse(stdout) as { terraform_version: string }
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 1 || (major === 1 && minor >= 11) ? null : `terraform is ${version}: 1.11 or newer is needed`
}

/** Files that `terraform fmt` would write otherwise. */
export function unformatted(folder: string): string[] {
  const { stdout } = spawnSync('terraform', ['fmt', '-check', '-recursive', '-list=true', folder], { encoding: 'utf8' })
  return stdout.split('\n').filter((line) => line !== '' && !line.includes('node_modules'))
}
